-- Share of the abandoned carts that became a sale: the same order was placed after all, or
-- another order was placed from the same cart. Counts from the first load on: what came back
-- before that was never seen as abandoned.
with carts as (
    -- The latest order of each cart: a shopper who tries again may make another one.
    select *
    from (
        select
            *,
            row_number() over (
                partition by store, coalesce(cart_id, id) order by date_modified desc, order_id desc
            ) as turn
        from bigcommerce.abandoned_carts
    ) as ranked
    where turn = 1
),

sold as (
    -- 0 is Incomplete, 5 cancelled, 6 declined: no sales. What was archived is none either.
    select *
    from bigcommerce.orders
    where status_id not in (0, 5, 6) and not coalesce(is_deleted, false)
),

outcomes as (
    select
        case
            when exists (select 1 from sold as s where s.store = c.store and s.id = c.order_id)
                then 1 else 0
        end as placed_after_all,
        case
            when
                exists (
                    select 1 from sold as s
                    where s.store = c.store and s.cart_id = c.cart_id and s.id <> c.order_id
                )
                then 1 else 0
        end as placed_again
    from carts as c
)

select
    count(*) as carts,
    count(*) filter (where placed_after_all + placed_again > 0) as recovered,
    round(
        100.0 * count(*) filter (where placed_after_all + placed_again > 0) / nullif(count(*), 0), 1
    ) as percent_recovered,
    count(*) filter (where placed_after_all = 1) as placed_after_all,
    count(*) filter (where placed_again = 1) as placed_again
from outcomes;
