-- What the store's own log tells of failures, by day and kind. What succeeded, and notices, are left
-- out; days without problems have no row.

with entries as (
    select
        store,
        {{ bigcommerce_carts.day_of('date_created') }} as day,
        nullif(lower(trim({{ bigcommerce_carts.column('type') }})), '') as kind,
        severity
    from {{ ref('stg_bigcommerce__store_logs') }}
)

select
    store,
    day,
    kind,
    cast(sum(case when severity >= 3 then 1 else 0 end) as {{ dbt.type_bigint() }}) as problems,
    cast(sum(case when severity >= 4 then 1 else 0 end) as {{ dbt.type_bigint() }}) as errors,
    cast(sum(case when severity is null then 1 else 0 end) as {{ dbt.type_bigint() }})
        as of_unknown_severity
from entries
where severity >= 3 or severity is null
group by 1, 2, 3
