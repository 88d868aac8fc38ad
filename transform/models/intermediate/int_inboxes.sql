-- Since when each store's inbox has been taking events. What happened before may be in it, since
-- events come late and carts outlive days; it is not known in whole.

with events as (
    select
        store,
        min(received_at) as since
    from {{ ref('stg_bigcommerce__cart_events') }}
    group by 1
),

carts as (
    select
        store,
        -- Tables of a version that did not know it have the first event's date.
        coalesce(min(first_received_at), min(coalesce(first_event_at, date_modified))) as since
    from {{ ref('stg_bigcommerce__carts') }}
    group by 1
),

counts as (
    select
        store,
        count(*) as carts
    from {{ ref('int_inbox_carts') }}
    group by 1
)

select
    carts.store,
    coalesce(counts.carts, 0) as carts,
    case when events.since < carts.since then events.since else carts.since end as since
from carts
left join events on events.store = carts.store
left join counts on counts.store = carts.store
