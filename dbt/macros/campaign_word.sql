{# A word about the campaign that a visitor came by: as Segment's context has it, or else as the address. #}
{% macro campaign_word(events, name) -%}
    {%- set parameter = "utm_campaign" if name == "name" else "utm_" ~ name -%}
    nullif(
        trim(
            coalesce(
                {{ events }}.context #>> '{campaign,{{ name }}}',
                replace(
                    substring(
                        coalesce({{ events }}.context #>> '{page,url}', {{ events }}.properties ->> 'search')
                        from '(?:^|[?&]){{ parameter }}=([^&#]*)'
                    ),
                    '+', ' '
                )
            )
        ), ''
    )
{%- endmacro %}
