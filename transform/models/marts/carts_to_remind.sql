-- Who may be reminded today, and of which cart: one row per shopper and per address, ready for a mail
-- tool. Only of stores whose orders were loaded, since of others nobody knows who has bought.

with carts as (
    select
        carts.*,
        {{ bigcommerce_carts.plain_email('carts.email') }} as address,
        (carts.is_left_at_payment and carts.outcome = 'left_at_payment')
        or carts.outcome = 'left_before_payment' as is_left
    from {{ ref('int_shopper_carts') }} as carts
    inner join {{ ref('store_coverage') }} as stores
        on stores.store = carts.store and stores.has_orders
    where carts.shopper_key is not null
),

-- The latest counts. If the shopper is at it now, there is nothing to remind of.
latest as (
    select
        *,
        row_number() over (
            partition by store, shopper_key order by last_sign_at desc, cart_key desc
        ) as turn,
        sum(case when is_left then 1 else 0 end) over (partition by store, shopper_key) as carts_left
    from carts
    where is_left or outcome = 'open'
),

-- What was hashed is no address, and cannot be mailed. Two customers can have one address.
candidates as (
    select
        *,
        {{ bigcommerce_carts.seconds_between('left_at', bigcommerce_carts.as_of()) }} as seconds_since,
        row_number() over (
            partition by store, address order by left_at desc, cart_key desc
        ) as turn_of_address
    from latest
    where turn = 1 and is_left and is_contactable and address like '%@%'
),

-- An order says its last word when it is made; one that is or was Incomplete, at its last change.
orders as (
    select
        orders.store,
        orders.shopper_key,
        {{ bigcommerce_carts.plain_email('orders.customer_email') }} as email,
        orders.status_id,
        orders.is_email_opt_in,
        case
            when orders.status_id = 0 or incomplete.order_id is not null
                then coalesce(orders.date_modified, orders.date_created)
            else orders.date_created
        end as said_at
    from {{ ref('int_orders') }} as orders
    left join (
        select distinct
            store,
            order_id
        from {{ ref('stg_bigcommerce__abandoned_carts') }}
    ) as incomplete
        on incomplete.store = orders.store and incomplete.order_id = orders.order_id
),

-- Who has an order is not reminded, though it is no sale: archived, on hold, or cancelled by whomever.
-- One that was declined is none. An Incomplete one that changed since is being filled in now.
signs as (
    select
        store,
        shopper_key,
        email,
        bought_at as ordered_at,
        cast(null as {{ dbt.type_timestamp() }}) as at_payment_at,
        cast(null as {{ dbt.type_timestamp() }}) as refused_at
    from {{ ref('int_purchases') }}
    union all
    select
        store,
        shopper_key,
        email,
        case when coalesce(status_id, -1) not in (0, 6) then said_at end as ordered_at,
        case when status_id = 0 then said_at end as at_payment_at,
        case when not is_email_opt_in then said_at end as refused_at
    from orders
),

{% for who, column in [('shoppers', 'shopper_key'), ('addresses', 'email')] -%}
signs_by_{{ who }} as (
    select
        store,
        {{ column }},
        max(ordered_at) as ordered_at,
        max(at_payment_at) as at_payment_at,
        max(refused_at) as refused_at
    from signs
    where {{ column }} is not null
    group by 1, 2
),

{% endfor -%}
chosen as (
    select candidates.*
    from candidates
    left join signs_by_shoppers
        on
            signs_by_shoppers.store = candidates.store
            and signs_by_shoppers.shopper_key = candidates.shopper_key
    left join signs_by_addresses
        on
            signs_by_addresses.store = candidates.store
            and signs_by_addresses.email = candidates.address
    where
        candidates.turn_of_address = 1
        and candidates.seconds_since < 86400 * {{ bigcommerce_carts.remind_within_days() }}
        {% for who in ['shoppers', 'addresses'] -%}
        and not coalesce(signs_by_{{ who }}.ordered_at >= candidates.left_at, false)
        and not coalesce(signs_by_{{ who }}.at_payment_at > candidates.left_at, false)
        -- A customer's word is another one.
        and not (
            candidates.shopper_key like 'guest %'
            and coalesce(signs_by_{{ who }}.refused_at >= candidates.filled_at, false)
        )
        {% endfor %}
),

lines as (
    select
        chosen.store,
        chosen.cart_key,
        lines.name
    from chosen
    inner join {{ ref('cart_outcome_lines') }} as lines
        on lines.store = chosen.store and lines.cart_key = chosen.cart_key
    where chosen.is_left_at_payment and not lines.is_part_of_bundle
    union all
    select
        chosen.store,
        chosen.cart_key,
        lines.name
    from chosen
    inner join {{ ref('stg_bigcommerce__cart_line_items') }} as lines
        on lines.store = chosen.store and lines.cart_id = chosen.cart_key
    where not chosen.is_left_at_payment and lines.parent_id is null
),

products as (
    {{ bigcommerce_carts.each_name_once('lines', 'cart_key') }}
)

select
    chosen.store,
    chosen.shopper_key,
    chosen.cart_key,
    chosen.email,
    -- A hashed name is none.
    coalesce(
        checkouts.customer_first_name,
        case when customers.email like '%@%' then customers.first_name end
    ) as first_name,
    chosen.customer_id,
    coalesce(checkouts.customer_locale, chosen.locale) as customer_locale,
    chosen.channel_id,
    channels.name as channel_name,
    chosen.left_at as abandoned_at,
    {{ bigcommerce_carts.day_of('chosen.left_at') }} as abandoned_on,
    {{ bigcommerce_carts.hours('chosen.seconds_since') }} as hours_since,
    chosen.value,
    chosen.currency_code,
    chosen.items_total,
    products.products,
    coalesce(
        checkouts.recovery_url,
        -- The headless storefront's own page takes the token.
        {{ bigcommerce_carts.page_of('channels.site_url', 'channels.recovery_route') }}
        || '?t=' || chosen.recovery_token
    ) as recovery_url,
    cast(chosen.carts_left as {{ dbt.type_bigint() }}) as carts_left,
    chosen.is_returning,
    chosen.is_left_at_payment,
    {{ bigcommerce_carts.is_held_out('chosen.email') }} as is_held_out
from chosen
left join {{ ref('stg_bigcommerce__abandoned_carts') }} as checkouts
    on checkouts.store = chosen.store and checkouts.id = chosen.abandoned_cart_id
left join {{ ref('stg_bigcommerce__customers') }} as customers
    on customers.store = chosen.store and customers.id = chosen.customer_id
left join {{ ref('stg_bigcommerce__channels') }} as channels
    on channels.store = chosen.store and channels.id = chosen.channel_id
left join products
    on products.store = chosen.store and products.cart_key = chosen.cart_key
