{# The host of an address, in lower case and without a port. #}
{% macro host_of(address) -%}
    lower(substring({{ address }} from '^[A-Za-z][A-Za-z0-9+.-]*://([^/?#:]*)'))
{%- endmacro %}
