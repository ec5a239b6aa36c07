with

added as (

    {{ union_of(var('more_interactions'), [
        'business', 'interaction_id', 'customer_id', 'product_id', 'event', 'counted_from', 'occurred_at', 'quantity',
    ]) }}

)

select * from added
