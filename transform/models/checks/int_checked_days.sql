-- What checks say of each day that is still true: days that are proven, faults that were not found
-- gone since, and what could not be checked, which takes nothing back that was proven before.
-- Counts alone (`quick`) prove nothing, nor do they contradict.

with looks as (
    select
        check_id,
        store,
        stream,
        day,
        checked_at,
        window_start,
        window_end,
        coalesce(rows_at_fault, 0) as rows_at_fault,
        -- Nor does a stream prove anything of which no date was looked at.
        unverified is not null or window_start is null as is_unverified,
        coalesce(rows_at_fault, 0) = 0 and unverified is null and window_start is not null
            as is_fine,
        -- How thorough it was, and how thorough a check must be to find its faults gone.
        case when mode = 'deep' then 2 else 1 end as depth,
        case when mode = 'deep' and rows_at_fault > 0 then 2 else 1 end as mended_by,
        case
            when window_start > {{ bigcommerce_carts.midnight('day') }} then window_start
            else {{ bigcommerce_carts.midnight('day') }}
        end as begins,
        case
            when window_end < {{ bigcommerce_carts.midnight('day', 1) }} then window_end
            else {{ bigcommerce_carts.midnight('day', 1) }}
        end as ends
    from {{ ref('stg_bigcommerce__load_checks') }}
    where mode in ('keys', 'deep')
),

-- Gone is what a later check of all that time did not find; of faults that a deep check found, a
-- deep one, since others cannot see them all.
troubles as (
    select looks.*
    from looks
    left join looks as later
        on
            later.store = looks.store
            and later.stream = looks.stream
            and later.day = looks.day
            and later.is_fine
            and later.checked_at > looks.checked_at
            and later.begins <= looks.begins
            and later.ends >= looks.ends
            and later.depth >= looks.mended_by
    where looks.rows_at_fault > 0 and later.store is null
),

troubled_days as (
    select
        store,
        stream,
        day,
        max(checked_at) as found_at,
        max(mended_by) as mended_by
    from troubles
    group by 1, 2, 3
)

select troubles.* from troubles
union all
select looks.*
from looks
left join troubled_days as troubled
    on
        troubled.store = looks.store
        and troubled.stream = looks.stream
        and troubled.day = looks.day
where
    looks.rows_at_fault = 0
    and (
        looks.is_unverified
        or troubled.store is null
        or (troubled.found_at < looks.checked_at and troubled.mended_by <= looks.depth)
    )
