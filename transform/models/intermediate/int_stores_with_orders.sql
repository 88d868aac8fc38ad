-- Stores whose orders were loaded, testers' too: of others nobody knows who bought, and what became of
-- their carts.

select distinct store from {{ ref('stg_bigcommerce__orders') }}
