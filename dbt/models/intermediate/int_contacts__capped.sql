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
        asked.kind,
        asked.times,
        asked.hours,
        asked.channel,
        count(touches.touch_id) as contacts,
        count(touches.touch_id) filter (
            where touches.campaign_id is distinct from asked.campaign_id
        ) as contacts_of_others
    from asked
    left join touches
        on
            asked.business = touches.business
            and asked.customer_id = touches.customer_id
            and (asked.channel is null or asked.channel = touches.channel)
            and asked.now_at - make_interval(hours => asked.hours) < touches.touched_at
            and asked.now_at >= touches.touched_at
    group by
        asked.business,
        asked.campaign_id,
        asked.customer_id,
        asked.rule_id,
        asked.kind,
        asked.times,
        asked.hours,
        asked.channel

),

-- From how many contacts on that are planned before it a rule holds.
held_to as (

    select
        business,
        campaign_id,
        customer_id,
        rule_id,
        channel,
        case kind
            when 'frequency_cap' then times - contacts
            when 'cooling_off' then 1 - contacts_of_others
        end as holds_from,
        format('%s contacts within %s hours', contacts, hours) as past
    from earlier

),

ruled as (

    select
        business,
        campaign_id,
        customer_id,
        jsonb_agg(to_jsonb(held_to)) as rules
    from held_to
    group by business, campaign_id, customer_id

),

queued as (

    select
        planned.business,
        planned.campaign_id,
        planned.customer_id,
        planned.channel,
        planned.turn,
        coalesce(ruled.rules, '[]') as rules
    from planned
    left join ruled
        on
            planned.business = ruled.business
            and planned.campaign_id = ruled.campaign_id
            and planned.customer_id = ruled.customer_id

),

-- Turn by turn, since what a rule prevents is no contact for the turns after it.
turns as (

    with recursive

    taken as (

        select
            business,
            customer_id,
            null::text as campaign_id,
            0::bigint as turn,
            array[]::text[] as channels,
            null::jsonb as broken
        from queued
        where turn = 1
        union all
        select
            queued.business,
            queued.customer_id,
            queued.campaign_id,
            queued.turn,
            case
                when judged.broken is null then taken.channels || queued.channel
                else taken.channels
            end as channels,
            judged.broken
        from taken
        inner join queued
            on
                taken.business = queued.business
                and taken.customer_id = queued.customer_id
                and taken.turn + 1 = queued.turn
        cross join lateral (
            select jsonb_object_agg(rule_id, format('%s, %s planned before', past, ahead)) as broken
            from (
                select
                    rule.rule_id,
                    rule.past,
                    rule.holds_from,
                    case
                        when rule.channel is null then cardinality(taken.channels)
                        else cardinality(array_positions(taken.channels, rule.channel))
                    end as ahead
                from jsonb_to_recordset(queued.rules)
                        as rule (rule_id text, channel text, holds_from bigint, past text)
            ) as rules
            where ahead >= holds_from
        ) as judged

    )

    select
        business,
        campaign_id,
        customer_id,
        broken
    from taken

),

capped as (

    select
        turns.business,
        turns.campaign_id,
        turns.customer_id,
        rule.rule_id,
        rule.detail
    from turns
    cross join lateral jsonb_each_text(turns.broken) as rule (rule_id, detail)

)

select * from capped
