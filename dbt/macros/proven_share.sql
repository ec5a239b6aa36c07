{# The share that counts prove: the lower end of the Wilson score interval (Wilson 1927), three standard deviations. #}
{% macro proven_share(part, whole) -%}
    ({{ part }} + 4.5 - 3 * sqrt({{ part }} * ({{ whole }} - {{ part }}) / {{ whole }}::double precision + 2.25))
    / ({{ whole }} + 9)
{%- endmacro %}
