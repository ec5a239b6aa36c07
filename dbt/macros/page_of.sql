{# The page of an address: without scheme, www., query, fragment and last slash; the host in lower case. #}
{% macro page_of(url) -%}
    regexp_replace(
        lower(substring({{ url }} from '^https?://(?:www\.)?([^/?#]*)'))
        || substring({{ url }} from '^https?://[^/?#]*([^?#]*)'),
        '/$', ''
    )
{%- endmacro %}
