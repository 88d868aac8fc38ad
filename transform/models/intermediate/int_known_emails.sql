-- Whose e-mail address it is: a registered customer who checks out as a guest is one shopper.

select
    store,
    {{ bigcommerce_carts.plain_email('email') }} as email,
    min(id) as customer_id
from {{ ref('stg_bigcommerce__customers') }}
where {{ bigcommerce_carts.plain_email('email') }} is not null
group by 1, 2
