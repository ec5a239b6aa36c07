{# Place of an id in [0, 1): the first 32 bits of sha256("<salt>:<id>"), always the same for the same two. #}
{% macro bucket_of(salt, id) -%}
    ('x' || left(encode(sha256(convert_to({{ salt }} || ':' || {{ id }}, 'UTF8')), 'hex'), 8))::bit(32)::bigint
    / 4294967296.0
{%- endmacro %}
