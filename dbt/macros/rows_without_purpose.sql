{# Rows about customers whose purpose is not granted now: of models, each with the purpose that it needs. #}
{% macro rows_without_purpose(purposes) -%}
    {%- for model, purpose in purposes.items() %}
    select
        '{{ model }}' as model,
        portrait.business,
        portrait.customer_id
    from {{ ref(model) }} as portrait
    left join {{ ref('consents') }} as consents
        on
            portrait.business = consents.business
            and portrait.customer_id = consents.customer_id
            and consents.purpose = '{{ purpose }}'
            and consents.valid_to is null
    where portrait.customer_id is not null and consents.is_granted is not true
        {% if not loop.last %}union all{% endif %}
    {%- endfor %}
{%- endmacro %}
