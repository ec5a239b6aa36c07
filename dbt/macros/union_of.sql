{# The rows of several models in the columns that they share. #}
{% macro union_of(models, columns) -%}
    {%- for model in models %}
        {%- if not loop.first %}
            union all
        {% endif %}
        select {{ columns | join(', ') }} from {{ ref(model) }}
    {%- endfor %}
{%- endmacro %}
