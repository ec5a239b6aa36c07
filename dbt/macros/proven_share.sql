{# The share that counts prove: the lower end of the Wilson score interval (1927), three deviations. #}
{% macro proven_share(part, whole) -%}
    ({{ part }} + 4.5 - 3 * sqrt({{ part }} * ({{ whole }} - {{ part }}) / {{ whole }}::double precision + 2.25))
    / ({{ whole }} + 9)
{%- endmacro %}
