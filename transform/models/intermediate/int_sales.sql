-- Orders that count as sales.

select * from {{ ref('int_orders') }} where is_sale
