-- Every row about a customer needs a purpose that is granted now. Rows are failures.
{{ rows_without_purpose({
    'rfm': 'analytics',
    'preferences': 'analytics',
    'basket_habits': 'analytics',
    'bank_portraits': 'analytics',
    'product_suitability': 'analytics',
    'sessions': 'analytics',
    'touches': 'analytics',
    'training_interactions': 'personalisation',
}) }}
