{# The ids of `relation` that the seed of codes names as postage, fees and the like. #}
{% macro non_products_among(relation) -%}
    select distinct
        codes.business,
        codes.product_id
    from (select distinct business, product_id from {{ relation }}) as codes
    inner join non_product_codes
        on
            non_product_codes.business in ('*', codes.business)
            and codes.product_id ~ non_product_codes.pattern
{%- endmacro %}
