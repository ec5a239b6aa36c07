{# The rows that one of two CTEs has and the other has not. #}
{% macro differences_between(one, other) -%}
    (select * from {{ one }} except select * from {{ other }})
    union all
    (select * from {{ other }} except select * from {{ one }})
{%- endmacro %}
