{# The band of the seed deposit_bands that the balance of `relation` lies in; null where the balance is. #}
{% macro deposit_band_of(relation) -%}
    (
        select bands.band
        from deposit_bands as bands
        where
            bands.business = {{ relation }}.business
            and {{ relation }}.balance >= coalesce(bands.balance_from, '-Infinity'::numeric)
        order by coalesce(bands.balance_from, '-Infinity'::numeric) desc
        limit 1
    )
{%- endmacro %}
