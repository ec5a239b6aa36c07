{#
    Groups of people that lie whole within another that has few more: both sizes would speak of those few. Reads the
    ctes `sized` (a row per group with its size) and `members` (a row per group and customer). `id` names the group.
#}
{% macro nested_among(sized, members, id) -%}
    select
        one.business,
        one.{{ id }}
    from {{ sized }} as one
    inner join {{ sized }} as other on one.business = other.business
    inner join {{ members }} as its
        on one.business = its.business and one.{{ id }} = its.{{ id }}
    inner join {{ members }} as others
        on
            other.business = others.business
            and other.{{ id }} = others.{{ id }}
            and its.customer_id = others.customer_id
    where other.size - one.size between 1 and {{ smallest_cell() }} - 1
    group by one.business, one.{{ id }}, other.{{ id }}, one.size
    having count(*) = one.size
{%- endmacro %}

{# The size of a group where neither it nor those outside are few, and it is not among `nested`; else null. #}
{% macro size_of_no_few(sized, nested, id) -%}
    case
        when
            {{ sized }}.size >= {{ smallest_cell() }}
            and {{ sized }}.others not between 1 and {{ smallest_cell() }} - 1
            and {{ nested }}.{{ id }} is null
            then {{ sized }}.size
    end
{%- endmacro %}
