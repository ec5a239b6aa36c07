-- What was learned of a customer needs a purpose that is granted now. Rows are failures.
{{ config(tags=['campaign', 'learned']) }}

{{ rows_without_purpose({
    'customer_values': 'analytics',
    'segment_memberships': 'analytics',
    'interests': 'personalisation',
}) }}
