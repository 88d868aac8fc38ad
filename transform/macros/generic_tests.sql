{# No two rows are alike in these columns; nulls count as alike. #}
{% test unique_together(model, columns) %}
select {{ columns | join(', ') }}
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}

{# Every row has its match in another table. #}
{% test matched(model, columns, to, to_columns) %}
select {{ columns | join(', ') }}
from {{ model }} as one
where
    {{ columns[-1] }} is not null
    and not exists (
        select 1
        from {{ to }} as other
        where
            {% for here in columns -%}
            other.{{ to_columns[loop.index0] }} = one.{{ here }}
            {{- " and " if not loop.last }}
            {% endfor %}
    )
{% endtest %}

{# A share lies between 0 and 1; an amount, a count or a time is not negative. #}
{% test within(model, column_name, at_least=0, at_most=none) %}
select {{ column_name }}
from {{ model }}
where
    {{ column_name }} < {{ at_least }}
    {%- if at_most is not none %} or {{ column_name }} > {{ at_most }}{% endif %}
{% endtest %}
