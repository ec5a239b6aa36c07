{# Whether a price is that many times another, up or down, that one of the two may be a slip. #}
{% macro jumps(price, other) -%}
    greatest({{ price }}, {{ other }}) >= {{ var("price_jumps_by") }} * least({{ price }}, {{ other }})
    and {{ price }} != {{ other }}
{%- endmacro %}
