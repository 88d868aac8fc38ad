-- Whose e-mail address it is: a registered customer who checks out as a guest is one shopper. Of
-- several customers with one address, one who refused reminders speaks for all.

select
    store,
    {{ bigcommerce_carts.plain_email('email') }} as email,
    min(id) as customer_id,
    case
        when min(case when accepts_product_review_abandoned_cart_emails then 1 else 0 end) = 1
            then true
        when max(case when not accepts_product_review_abandoned_cart_emails then 1 else 0 end) = 1
            then false
    end as accepts_reminders
from {{ ref('stg_bigcommerce__customers') }}
where {{ bigcommerce_carts.plain_email('email') }} is not null
group by 1, 2
