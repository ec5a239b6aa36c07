{# Rows are keys of the model that its parent lacks; a key with a null part has no parent and passes. #}
{% test belongs_to(model, parent, columns) %}

    select {{ columns | join(', ') }}
    from {{ model }}
    where {{ columns | join(' is not null and ') }} is not null
    except
    select {{ columns | join(', ') }}
    from {{ parent }}

{% endtest %}
