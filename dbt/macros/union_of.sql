{# The rows of several models in the columns that they share. #}
{% macro union_of(models, columns) -%}
    {%- for model in models %}
    select {{ columns | join(', ') }} from {{ ref(model) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{%- endmacro %}
