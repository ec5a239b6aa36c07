-- A number is compared with a number, a text is not more or less than another, an interest is in something.
-- Rows are failures.
select
    segment_rules.business,
    segment_rules.segment_id,
    segment_rules.attribute,
    segment_rules.of_value,
    segment_rules.operator,
    segment_rules.value
from {{ ref('segment_rules') }} as segment_rules
inner join {{ ref('segment_attributes') }} as segment_attributes
    on segment_rules.attribute = segment_attributes.attribute
where
    (
        segment_attributes.kind = 'number'
        and segment_rules.operator in ('=', '<', '<=', '>', '>=')
        and segment_rules.value !~ '^-?[0-9]+(\.[0-9]+)?$'
    )
    or (segment_attributes.kind = 'text' and segment_rules.operator in ('<', '<=', '>', '>='))
    or (segment_attributes.of_what is null) <> (segment_rules.of_value is null)
