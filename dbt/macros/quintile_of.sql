{#
   The fifth, 1..5 from below, that a value falls in among those of its partition: pandas' qcut on ranks. Equal values
   share the mean of their places and so their fifth; who is alone is in the middle.
#}
{% macro quintile_of(value, partition) -%}
    case
        when {{ value }} is null then null
        when count({{ value }}) over (partition by {{ partition }}) = 1 then 3
        else
            greatest(
                1,
                ceil(
                    5.0 * (
                        2 * rank() over (partition by {{ partition }} order by {{ value }})
                        + count(*) over (partition by {{ partition }}, {{ value }})
                        - 3
                    )
                    / nullif(2 * (count({{ value }}) over (partition by {{ partition }}) - 1), 0)
                )::integer
            )
    end
{%- endmacro %}
