-- When each shopper first made an order that is a sale: whoever did so before is returning.

select
    store,
    shopper_key,
    min(date_created) as made_at
from {{ ref('int_sales') }}
where shopper_key is not null
group by 1, 2
