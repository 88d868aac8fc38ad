-- One row per day of the years 2009, in which BigCommerce opened, to 2050: MetricFlow needs it to
-- count days on which nothing happened. Nothing is asked of the warehouse to compile it.

select
    cast({{ dbt.dateadd(
        'day', 'cast(generated_number as ' ~ dbt.type_int() ~ ') - 1', "cast('2009-01-01' as date)"
    ) }} as date) as day
from ({{ dbt.generate_series(15340) }}) as days
