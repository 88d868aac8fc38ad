-- Carts by the day they were left, sales by the day their order was made. Days without either have
-- no row. Amounts are in the row's currency, and never of two currencies together.

with carts as (
    select * from {{ ref('cart_outcomes') }}
),

-- Sales that were abandoned carts before are counted among the checkouts as those. A sale that
-- is only thought to have brought a cart back had a cart of its own.
recovering as (
    select * from {{ ref('int_recovering_orders') }} where not is_inferred
),

sales as (
    select
        sales.*,
        case when recovering.order_id is null then 1 else 0 end as is_other_checkout
    from {{ ref('int_sales') }} as sales
    left join recovering
        on recovering.store = sales.store and recovering.order_id = sales.order_id
),

events as (
    select
        store,
        abandoned_on as day,
        channel_id,
        currency_code,
        outcome,
        value,
        1 as is_cart,
        0 as is_sale,
        1 as is_checkout,
        case
            when recovered_at >= abandoned_at
                then {{ bigcommerce_carts.seconds_between('abandoned_at', 'recovered_at') }}
        end as seconds_to_recover,
        case when outcome = 'recovered' and recovered_order_value is null then 1 else 0 end
            as is_without_order_value
    from carts
    union all
    select
        store,
        {{ bigcommerce_carts.day_of('date_created') }} as day,
        channel_id,
        currency_code,
        'sale' as outcome,
        value,
        0 as is_cart,
        1 as is_sale,
        is_other_checkout as is_checkout,
        null as seconds_to_recover,
        0 as is_without_order_value
    from sales
    -- The money that came in, which may be in another currency than the cart was.
    union all
    select
        store,
        abandoned_on as day,
        channel_id,
        recovered_order_currency_code as currency_code,
        'recovering' as outcome,
        recovered_order_value as value,
        0 as is_cart,
        0 as is_sale,
        0 as is_checkout,
        null as seconds_to_recover,
        0 as is_without_order_value
    from carts
    where recovered_order_value is not null
),

totals as (
    select
        store,
        day,
        channel_id,
        currency_code,
        sum(is_cart) as carts,
        sum(is_sale) as sales,
        sum(is_checkout) as checkouts,
        sum(case when outcome = 'recovered' then 1 else 0 end) as recovered,
        sum(case when outcome = 'lost' then 1 else 0 end) as lost,
        sum(case when outcome = 'open' then 1 else 0 end) as still_open,
        sum(case when outcome = 'unknown' then 1 else 0 end) as unknown,
        sum(case when is_cart = 1 then value else 0 end) as value_abandoned,
        sum(case when outcome = 'recovered' then value else 0 end) as value_recovered,
        sum(case when outcome = 'lost' then value else 0 end) as value_lost,
        sum(case when outcome = 'open' then value else 0 end) as value_open,
        sum(case when is_sale = 1 then value else 0 end) as value_placed,
        sum(case when outcome = 'recovering' then value else 0 end) as recovered_order_value,
        sum(is_without_order_value) as without_order_value,
        {{ bigcommerce_carts.median('seconds_to_recover') }} as median_seconds
    from events
    group by 1, 2, 3, 4
)

-- Of a store without orders what became of its carts is not known, which is not the same as none.
select
    store,
    day,
    channel_id,
    currency_code,
    unknown = 0 as is_outcome_known,
    cast(carts as {{ dbt.type_bigint() }}) as carts_abandoned,
    cast(case when unknown = 0 then recovered end as {{ dbt.type_bigint() }}) as carts_recovered,
    cast(case when unknown = 0 then lost end as {{ dbt.type_bigint() }}) as carts_lost,
    cast(case when unknown = 0 then still_open end as {{ dbt.type_bigint() }}) as carts_open,
    cast(case when unknown = 0 then sales end as {{ dbt.type_bigint() }}) as orders_placed,
    cast(case when unknown = 0 then checkouts end as {{ dbt.type_bigint() }}) as checkouts,
    case when unknown = 0 then {{ bigcommerce_carts.share('carts', 'checkouts') }} end
        as abandonment_rate,
    {{ bigcommerce_carts.sum_of_money('coalesce(value_abandoned, 0)') }} as value_abandoned,
    {% for amount in ['value_recovered', 'value_lost', 'value_open', 'value_placed'] -%}
    case when unknown = 0 then {{ bigcommerce_carts.sum_of_money('coalesce(' ~ amount ~ ', 0)') }} end
        as {{ amount }},
    {% endfor -%}
    case
        when unknown = 0 and without_order_value = 0
            then {{ bigcommerce_carts.sum_of_money('coalesce(recovered_order_value, 0)') }}
    end as recovered_order_value,
    case when unknown = 0 then {{ bigcommerce_carts.share('recovered', 'carts') }} end
        as recovery_rate,
    {{ bigcommerce_carts.hours('median_seconds') }} as median_hours_to_recover
from totals
