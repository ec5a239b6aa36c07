-- Every row about a customer needs a purpose that is granted now. Rows are failures.
{% for model, purpose in [
    ('rfm', 'analytics'),
    ('preferences', 'analytics'),
    ('basket_habits', 'analytics'),
    ('bank_portraits', 'analytics'),
    ('product_suitability', 'analytics'),
    ('sessions', 'analytics'),
    ('training_interactions', 'personalisation'),
] %}
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
{% endfor %}
