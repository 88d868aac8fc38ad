{{ config(materialized='table') }}
{%- set needed = ['abandoned_carts', 'abandoned_cart_line_items', 'orders'] %}

-- Up to when each table of a store is proven to have what the store has. Times that were proven
-- by different checks are one where they adjoin.

with known as (
    select
        days.*,
        max(checked_at) over (partition by store, stream) as last_checked_at,
        row_number() over (
            partition by store, stream, day, rows_at_fault > 0 order by checked_at desc, check_id
        ) as turn
    from {{ ref('int_checked_days') }} as days
),

tables as (
    select
        store,
        stream,
        max(checked_at) as verified_at,
        sum(case when turn = 1 then rows_at_fault else 0 end) as rows_at_fault,
        max(case when is_unverified and checked_at = last_checked_at then 1 else 0 end)
            as is_unverified
    from known
    group by 1, 2
),

-- The window that reaches farthest; what lies before it can only add to it.
windows as (
    select
        store,
        stream,
        window_start,
        window_end,
        row_number() over (
            partition by store, stream order by window_end desc, checked_at desc, check_id
        ) as turn
    from known
    where is_fine or rows_at_fault > 0
),

-- Where proof ends at the latest: at its end, or at the first day in it with a fault.
limits as (
    select
        windows.store,
        windows.stream,
        coalesce(min(known.begins), max(windows.window_end)) as proven_until
    from windows
    left join known
        on
            known.store = windows.store
            and known.stream = windows.stream
            and known.rows_at_fault > 0
            and known.begins >= windows.window_start
    where windows.turn = 1
    group by 1, 2
),

-- Each once, so that their order is one and the same below.
proofs as (
    select distinct
        store,
        stream,
        begins,
        ends
    from known
    where is_fine
),

reaching as (
    select
        proofs.*,
        max(ends) over (
            partition by store, stream order by begins, ends
            rows between unbounded preceding and 1 preceding
        ) as reached
    from proofs
),

-- Both ends of a window are in it, in whole seconds: the next may begin a second later.
ranges_begun as (
    select
        store,
        stream,
        begins,
        ends,
        sum(
            case
                when {{ bigcommerce_carts.seconds_between('reached', 'begins') }} <= 1 then 0
                else 1
            end
        ) over (
            partition by store, stream order by begins, ends
            rows between unbounded preceding and current row
        ) as turn
    from reaching
),

ranges as (
    select
        store,
        stream,
        turn,
        min(begins) as begins,
        max(ends) as ends
    from ranges_begun
    group by 1, 2, 3
),

-- Ranges do not overlap: the latest begin and the latest end are of the same. Whatever was proven
-- of a table, nothing is once it is gone.
proven as (
    select
        ranges.store,
        ranges.stream,
        max(ranges.begins) as verified_from,
        max(ranges.ends) as verified_until
    from ranges
    inner join limits
        on
            limits.store = ranges.store
            and limits.stream = ranges.stream
            and ranges.begins <= limits.proven_until
    where
        1 = 1
        {%- for stream in needed
            if bigcommerce_carts.found(source('bigcommerce_carts', stream)) is none %}
        and ranges.stream <> '{{ stream }}'
        {%- endfor %}
    group by 1, 2
)

select
    tables.store,
    tables.stream,
    -- Whether the marts' carts and sales are made of it.
    case
        when tables.stream in ('{{ needed | join("', '") }}') then 1
        else 0
    end as is_needed,
    proven.verified_from,
    proven.verified_until,
    tables.verified_at,
    tables.rows_at_fault,
    tables.is_unverified = 1 as is_unverified
from tables
left join proven on proven.store = tables.store and proven.stream = tables.stream
