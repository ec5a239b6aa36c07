-- What was learned of a customer needs a purpose that is granted now. Rows are failures.
{{ config(tags=['campaign', 'learned']) }}

{% for model, purpose in [
    ('customer_values', 'analytics'),
    ('segment_memberships', 'analytics'),
    ('interests', 'personalisation'),
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
    where consents.is_granted is not true
    {% if not loop.last %}union all{% endif %}
{% endfor %}
