-- A sale is of one cart. One that is only thought to have brought another back is the exception.

select
    store,
    order_id
from {{ ref('cart_funnel') }}
where order_id is not null and not is_inferred
group by 1, 2
having count(*) > 1
union all
select
    store,
    recovering_order_id
from {{ ref('cart_outcomes') }}
where recovering_order_id is not null
group by 1, 2
having count(*) > 1
