{#
    GA4's default channel group of a visit, by Google's rules for manual traffic in their order (Analytics help, 9756891);
    all words in lower case. `category` is that of the seed source_categories, null for other sources.
#}
{% macro default_channel_group(source, medium, campaign, category) -%}
    {%- set is_paid = medium ~ " ~ '^(.*cp.*|ppc|retargeting|paid.*)$'" -%}
    {%- set is_shopping = "(coalesce(" ~ category ~ " = 'shopping', false) or coalesce("
        ~ campaign ~ " ~ '^(.*(([^a-df-z]|^)shop|shopping).*)$', false))" -%}
    {%- set mails = "('email', 'e-mail', 'e_mail', 'e mail')" -%}
    case
        when {{ source }} = '(direct)' and {{ medium }} in ('(not set)', '(none)') then 'Direct'
        when {{ campaign }} like '%cross-network%' then 'Cross-network'
        when {{ is_shopping }} and {{ is_paid }} then 'Paid Shopping'
        when {{ category }} = 'search' and {{ is_paid }} then 'Paid Search'
        when {{ category }} = 'social' and {{ is_paid }} then 'Paid Social'
        when {{ category }} = 'video' and {{ is_paid }} then 'Paid Video'
        when {{ medium }} in ('display', 'banner', 'expandable', 'interstitial', 'cpm') then 'Display'
        when {{ is_paid }} then 'Paid Other'
        when {{ is_shopping }} then 'Organic Shopping'
        when
            {{ category }} = 'social'
            or {{ medium }} in (
                'social', 'social-network', 'social-media', 'sm', 'social network', 'social media'
            )
            then 'Organic Social'
        when {{ category }} = 'video' or {{ medium }} ~ '^(.*video.*)$' then 'Organic Video'
        when {{ category }} = 'search' or {{ medium }} = 'organic' then 'Organic Search'
        when {{ source }} in {{ mails }} or {{ medium }} in {{ mails }} then 'Email'
        when {{ medium }} = 'affiliate' then 'Affiliates'
        when {{ medium }} in ('referral', 'app', 'link') then 'Referral'
        when {{ medium }} = 'audio' then 'Audio'
        when {{ source }} = 'sms' or {{ medium }} = 'sms' then 'SMS'
        when {{ medium }} ~ 'push$|mobile|notification' or {{ source }} = 'firebase'
            then 'Mobile Push Notifications'
        else 'Unassigned'
    end
{%- endmacro %}
