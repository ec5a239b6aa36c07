{# Fewest customers that a published count may speak of: the var smallest_cell, but never below 10. #}
{% macro smallest_cell() -%}
    {{ [var("smallest_cell") | int, 10] | max }}
{%- endmacro %}
