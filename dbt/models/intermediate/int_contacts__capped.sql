{{ config(tags=['campaign']) }}

with

campaigns as (

    select * from {{ ref('campaigns') }}

),

clocks as (

    select * from {{ ref('int_businesses__clocked') }}

),

assignments as (

    select * from {{ ref('assignments') }}

),

touches as (

    select * from {{ ref('touches') }}
    where kind in ('delivery', 'contact')

),

channel_words as (

    select * from {{ ref('channel_words') }}

),

rules as (

    select
        contact_rules.business,
        contact_rules.rule_id,
        contact_rules.kind,
        contact_rules.times,
        contact_rules.hours,
        case
            when contact_rules.channel <> '*'
                then coalesce(channel_words.channel, initcap(contact_rules.channel))
        end as channel
    from {{ ref('contact_rules') }} as contact_rules
    left join channel_words on contact_rules.channel = channel_words.word

),

-- Of campaigns that run at once, the one that started first goes first.
planned as (

    select
        campaigns.business,
        campaigns.campaign_id,
        assignments.customer_id,
        clocks.now_at,
        coalesce(channel_words.channel, initcap(campaigns.channel)) as channel,
        row_number() over (
            partition by campaigns.business, assignments.customer_id
            order by campaigns.starts_on, campaigns.campaign_id
        ) as turn
    from campaigns
    inner join clocks on campaigns.business = clocks.business
    inner join assignments
        on
            campaigns.business = assignments.business
            and campaigns.campaign_id = assignments.campaign_id
    left join channel_words on campaigns.channel = channel_words.word
    where
        assignments.arm = 'treatment'
        and (clocks.now_at at time zone 'UTC')::date
        between campaigns.starts_on and coalesce(campaigns.ends_on, 'infinity')

),

asked as (

    select
        planned.business,
        planned.campaign_id,
        planned.customer_id,
        planned.turn,
        planned.now_at,
        rules.rule_id,
        rules.kind,
        rules.times,
        rules.hours,
        rules.channel
    from planned
    inner join rules
        on
            rules.business in ('*', planned.business)
            and planned.channel = coalesce(rules.channel, planned.channel)

),

earlier as (

    select
        asked.business,
        asked.campaign_id,
        asked.customer_id,
        asked.rule_id,
        count(touches.touch_id) as times,
        count(touches.touch_id) filter (
            where touches.campaign_id is distinct from asked.campaign_id
        ) as times_of_others
    from asked
    left join touches
        on
            asked.business = touches.business
            and asked.customer_id = touches.customer_id
            and (asked.channel is null or asked.channel = touches.channel)
            and asked.now_at - make_interval(hours => asked.hours) < touches.touched_at
            and asked.now_at >= touches.touched_at
    group by asked.business, asked.campaign_id, asked.customer_id, asked.rule_id

),

ahead as (

    select
        asked.business,
        asked.campaign_id,
        asked.customer_id,
        asked.rule_id,
        count(planned.campaign_id) as times
    from asked
    left join planned
        on
            asked.business = planned.business
            and asked.customer_id = planned.customer_id
            and (asked.channel is null or asked.channel = planned.channel)
            and asked.turn > planned.turn
    group by asked.business, asked.campaign_id, asked.customer_id, asked.rule_id

),

capped as (

    select
        asked.business,
        asked.campaign_id,
        asked.customer_id,
        asked.rule_id,
        format(
            '%s contacts within %s hours, %s planned before', earlier.times, asked.hours, ahead.times
        ) as detail
    from asked
    inner join earlier
        on
            asked.business = earlier.business
            and asked.campaign_id = earlier.campaign_id
            and asked.customer_id = earlier.customer_id
            and asked.rule_id = earlier.rule_id
    inner join ahead
        on
            asked.business = ahead.business
            and asked.campaign_id = ahead.campaign_id
            and asked.customer_id = ahead.customer_id
            and asked.rule_id = ahead.rule_id
    where
        (asked.kind = 'frequency_cap' and earlier.times + ahead.times >= asked.times)
        or (asked.kind = 'cooling_off' and earlier.times_of_others + ahead.times > 0)

)

select * from capped
