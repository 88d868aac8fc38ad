"""The marts of a large shop's year, made by SQL alone: what the page is measured with.

Nothing was loaded, and no dbt ran: the columns that the page reads are made as the marts have them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from pathlib import Path

AS_OF = "2026-11-29 09:00:00"
_DAYS = 365
_LEFT = 0.333  # so many of all checkouts are left

# A number from 0 to 1 that depends on the row and on what it is asked for.
_CHANCE = "((hash(i * 1000003 + {salt}) % 1000000) / 1000000.0)"


def make(file: Path, carts: int) -> None:
    """Write the marts of three stores.

    Args:
        file: a DuckDB file, which is not there yet.
        carts: so many were left at payment, about.
    """
    with duckdb.connect(str(file)) as connection:
        for statement in _statements(carts):
            connection.execute(statement)


def _chance(salt: int) -> str:
    return _CHANCE.format(salt=salt)


def _statements(carts: int) -> list[str]:
    rows = round(carts / _LEFT)
    return [
        "create schema analytics",
        f"""
        create table analytics.mart_rules as select
            timestamp '{AS_OF}' as as_of, 7 as lost_after_days, false as infer_recovery,
            '[0, 5, 6]' as not_sale_status_ids, false as archived_are_sales, 0 as test_emails,
            'Europe/Berlin' as time_zone, true as has_abandoned_carts, true as has_orders
        """,
        f"""
        create table raw as select
            i,
            case when {_chance(1)} < .8 then 'north' when {_chance(1)} < .95 then 'south'
                else 'west' end as store,
            case when {_chance(2)} < .7 then 1 when {_chance(2)} < .9 then 2 else 3 end
                as channel_id,
            timestamp '{AS_OF}' - to_seconds(
                cast({_chance(3)} * {_DAYS} * 86400 as bigint)
                + case when {_chance(4)} < .5 then 0 else 3 end * 3600
            ) as checkout_at,
            {_chance(5)} as luck,
            cast(15 + 300 * pow({_chance(6)}, 3) as decimal(20, 2)) as items_value,
            {_chance(7)} as shipped,
            case when {_chance(8)} < .85 then 'EUR' else 'SEK' end as currency_code,
            cast({_chance(9)} * 12 as int) as country,
            cast({_chance(10)} * 4 as int) as grouped,
            cast({_chance(11)} * 2000 as int) as product,
            {_chance(12)} as soon,
            {_chance(13)} as step
        from range({rows}) as t(i)
        """,
        """
        create table analytics.checkouts as
        with costs as (
            select *, cast(case when shipped < .4 then 0 when shipped < .8 then 5 else 19 end
                as decimal(20, 2)) as extra_costs
            from raw
        ),
        valued as (
            select *, cast(items_value + extra_costs as decimal(20, 4)) as value,
                case when luck < .28 + .5 * extra_costs / (items_value + extra_costs)
                    then case when soon < .14 then 'recovered'
                        when checkout_at > timestamp '2026-11-22 09:00:00' then 'open'
                        else 'lost' end
                    else 'placed' end as outcome
            from costs
        )
        select
            store, 'c' || i as cart_key, i as order_id, 'bigcommerce' as platform, outcome,
            checkout_at, cast(checkout_at as date) as checkout_on,
            hour(checkout_at) as local_hour, isodow(checkout_at) as local_weekday,
            cast(date_trunc('week', checkout_at) as date) as checkout_week,
            value, currency_code,
            cast(case currency_code when 'EUR' then 1 else 11.2 end as decimal(20, 10))
                as exchange_rate,
            cast(value / case currency_code when 'EUR' then 1 else 11.2 end as decimal(20, 4))
                as value_in_store_currency,
            'EUR' as store_currency_code,
            case outcome when 'recovered' then value end as recovered_order_value,
            case outcome when 'recovered' then currency_code end as recovered_order_currency_code,
            cast(case outcome when 'recovered' then value
                / case currency_code when 'EUR' then 1 else 11.2 end end as decimal(20, 4))
                as recovered_order_value_in_store_currency,
            cast(case outcome when 'recovered' then 600 * exp(8 * soon / .14) end as bigint)
                as seconds_to_recover,
            items_value, extra_costs,
            cast(extra_costs / value as decimal(20, 6)) as extra_cost_share,
            case when luck > .9 then 'used' when luck > .88 then 'refused' else 'none' end
                as coupon_use,
            1 + i % 4 as items_total, 1 as line_item_count,
            case when value < 50 then '1: under 50' when value < 100 then '2: 50 to 100'
                when value < 200 then '3: 100 to 200' else '4: 200 and more' end as price_band,
            case i % 3 when 0 then 'Card' when 1 then 'PayPal' else 'Bank transfer' end
                as payment_method,
            'www' as order_source,
            (['DE', 'AT', 'CH', 'SE', 'FR', 'NL', 'IT', 'ES', 'PL', 'DK', 'BE', 'US', 'GB']
                )[country + 1] as country_iso2,
            channel_id, (['Main shop', 'Outlet', 'Wholesale'])[channel_id] as channel_name,
            grouped as customer_group_id,
            (['Guests', 'Retail', 'VIP', 'Trade', 'Staff'])[grouped + 1] as customer_group_name,
            grouped = 0 as is_guest, i % 50000 as customer_id,
            'customer' || i % 50000 as shopper_key,
            i % 3 = 0 as is_returning, product, step
        from valued
        """,
        """
        create table analytics.cart_outcomes as
        select *, checkout_at as abandoned_at, checkout_on as abandoned_on,
            cast(seconds_to_recover / 3600.0 as decimal(20, 2)) as hours_to_recover,
            true as is_contactable
        from analytics.checkouts where outcome <> 'placed'
        """,
        """
        create table analytics.abandonment_daily as
        select
            store, checkout_on as day, channel_id, currency_code, true as is_outcome_known,
            count(*) filter (where outcome <> 'placed') as carts_abandoned,
            count(*) filter (where outcome = 'recovered') as carts_recovered,
            count(*) filter (where outcome = 'lost') as carts_lost,
            count(*) filter (where outcome = 'open') as carts_open,
            count(*) filter (where outcome in ('placed', 'recovered')) as orders_placed,
            count(*) as checkouts,
            coalesce(sum(value) filter (where outcome <> 'placed'), 0) as value_abandoned,
            coalesce(sum(value) filter (where outcome = 'recovered'), 0) as value_recovered,
            coalesce(sum(value) filter (where outcome = 'lost'), 0) as value_lost,
            coalesce(sum(value) filter (where outcome = 'open'), 0) as value_open,
            coalesce(sum(recovered_order_value), 0) as recovered_order_value
        from analytics.checkouts group by all
        """,
        """
        create table analytics.cart_funnel_daily as
        select store, checkout_on as day, channel_id, currency_code,
            true as is_early_stage_known, true as is_outcome_known,
            3 * count(*) as carts_filled, 2 * count(*) as left_before_payment,
            count(*) filter (where outcome = 'lost') as left_at_payment,
            count(*) filter (where outcome = 'placed') as placed,
            count(*) filter (where outcome = 'recovered') as recovered,
            0 as emptied, count(*) filter (where outcome = 'open') as still_open,
            3 * count(*) as carts_with_step,
            2 * count(*) as reached_email, cast(1.8 * count(*) as bigint) as reached_address,
            cast(1.3 * count(*) as bigint) as reached_shipping, count(*) as reached_payment,
            count(*) filter (where outcome in ('placed', 'recovered')) as reached_placed
        from analytics.checkouts group by all
        """,
        """
        create table analytics.cart_outcome_lines as
        select store, cart_key, order_id as abandoned_cart_id, n as line_id,
            product % (30 * n) + 1 as product_id, order_id % 3 as variant_id,
            'SKU-' || product as sku,
            'Product ' || (product % (30 * n) + 1) as name, n as quantity,
            cast(value / 2 as decimal(20, 4)) as value, currency_code,
            cast(value_in_store_currency / 2 as decimal(20, 4)) as value_in_store_currency,
            store_currency_code, false as is_part_of_bundle
        from analytics.cart_outcomes, range(1, 3) as lines(n)
        """,
        *(_products(table, by) for table, by in _BEHIND.items()),
        """
        create table analytics.store_coverage as
        select store, 'bigcommerce' as platform, 'EUR' as store_currency_code, true as has_orders,
            count(*) as carts, 0 as carts_without_rate, min(checkout_at) as first_abandoned_at,
            max(checkout_at) as last_abandoned_at, count(*) as orders,
            min(checkout_at) as first_order_at, max(checkout_at) as last_order_at,
            true as has_inbox, count(*) as inbox_carts, min(checkout_at) as inbox_since,
            min(checkout_at) as verified_from, max(checkout_at) as verified_until,
            max(checkout_at) as verified_at, 0 as rows_at_fault, cast(null as varchar) as unverified
        from analytics.checkouts group by store
        """,
        f"""
        create table analytics.recovery_curve as
        with carts as (
            select *, checkout_week as cohort_week,
                checkout_week + 7 + days_since <= date '{AS_OF[:10]}' as is_complete,
                coalesce(seconds_to_recover <= days_since * 86400, false) as is_back
            from analytics.cart_outcomes,
                (select cast(d as int) as days_since from range(31) as t(d)) as days
        )
        select store, channel_id, currency_code, cohort_week, days_since, is_complete,
            count(*) as carts,
            case when is_complete then count(*) filter (where is_back) end as carts_recovered,
            sum(value) as value,
            case when is_complete then coalesce(sum(value) filter (where is_back), 0) end
                as value_recovered
        from carts group by 1, 2, 3, 4, 5, 6
        """,
        f"""
        create table analytics.recoverable_value as
        with aged as (
            select *, date_diff('hour', checkout_at, timestamp '{AS_OF}') as hours
            from analytics.cart_outcomes where outcome <> 'recovered'
        )
        select store, channel_id, currency_code,
            case when hours < 24 then '0-24 h' when hours < 48 then '1-2 days'
                when hours < 168 then '2-7 days' when hours < 720 then '7-30 days' else 'older' end
                as age_band,
            case when hours < 24 then 1 when hours < 48 then 2 when hours < 168 then 3
                when hours < 720 then 4 else 5 end as age_order,
            count(*) as carts, count(*) as carts_contactable, sum(value) as value,
            cast(sum(value) * .06 as decimal(20, 4)) as expected_value,
            cast(sum(value) * .04 as decimal(20, 4)) as expected_low,
            cast(sum(value) * .09 as decimal(20, 4)) as expected_high,
            sum(value * value) * .05 as expected_variance,
            cast(sum(value) * .01 as decimal(20, 4)) as expected_share_error,
            max(value) as largest_value
        from aged group by all
        """,
        f"""
        create table analytics.carts_to_remind as
        select store, shopper_key, cart_key, channel_id, currency_code, value, abandoned_on,
            hash(shopper_key) % 10 = 0 as is_held_out, true as is_left_at_payment,
            date_diff('hour', abandoned_at, timestamp '{AS_OF}') as hours_since
        from analytics.cart_outcomes
        where outcome <> 'recovered' and abandoned_on > date '2026-10-30'
        qualify row_number() over (partition by store, shopper_key order by abandoned_at desc) = 1
        """,
        """
        create table analytics.reminder_lift as
        select store, 0.1 as holdout_share, 7 as attribution_days, 900 as shoppers_mailed,
            120 as recovered_mailed, 0.1333 as rate_mailed, 100 as shoppers_held_out,
            9 as recovered_held_out, 0.09 as rate_held_out, 0.0433 as lift, -0.0166 as lift_low,
            0.1032 as lift_high
        from analytics.store_coverage
        """,
        """
        create table analytics.store_problems_daily as
        select store, day, 'shipping' as kind, 1 + day_of as problems
        from (
            select store, day, day(day) % 3 as day_of from analytics.abandonment_daily group by all
        )
        """,
        "drop table raw",
    ]


_BEHIND = {"abandoned_products": "product_id", "abandoned_variants": "product_id, variant_id"}


def _products(table: str, by: str) -> str:
    return f"""
        create table analytics.{table} as
        select store, {by}, max(name) as name, max(sku) as sku,
            count(distinct cart_key) as times_abandoned, sum(quantity) as units,
            sum(value_in_store_currency) as value_in_store_currency,
            'EUR' as store_currency_code
        from analytics.cart_outcome_lines group by store, {by}
        """
