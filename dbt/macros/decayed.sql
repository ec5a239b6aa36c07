{# What a weight is worth at clocks.now_at, halved per interest_half_life; numeric: its sums have no order. #}
{% macro decayed(weight, occurred_at) -%}
    round(
        (
            {{ weight }} * power(
                0.5::double precision,
                greatest(extract(epoch from clocks.now_at - {{ occurred_at }}), 0)::double precision
                / extract(epoch from '{{ var("interest_half_life") }}'::interval)::double precision
            )
        )::numeric,
        9
    )
{%- endmacro %}
