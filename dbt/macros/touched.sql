{#
    Build anew only what was touched. `builds.touched` holds the keys (a kind, such as device or customer, and an id)
    whose rows may differ from those of the last build: triggers note them when raw changes, and a model that finds
    rows of its own changed adds the keys that stand in them (its meta `touches`). A model of the strategy `touched`
    reads the rows of its inputs that have such a key, puts what comes of them in the place of what it had of the same
    keys (its meta `touched_by`; without it, all it has), and leaves the rest. Keys are forgotten when a whole build
    went well. Where models, seeds or vars changed that a model rests on, all of it is built anew.
#}
-- Pieces of statements have no place of their own.
-- sqlfluff:exclude_rules:ST06,RF04,LT02

{# Of an input's rows, those with a key that was touched. #}
{% macro touched(kind, key, word='where') -%}
    {%- if model.resource_type == 'model' and is_incremental() -%}
        {{ word }} {{ is_touched(kind, key, keys='pg_temp.touched_now') }}
    {%- endif -%}
{%- endmacro %}

{# A condition on rows that PostgreSQL can take to an index inside a view, where it cannot take a join. #}
{% macro is_touched(kind, key, business='business', keys='builds.touched') -%}
    {{ business }} = any(array(select distinct business from {{ keys }} where kind = '{{ kind }}'))
    and {{ key }} = any(array(select key from {{ keys }} where kind = '{{ kind }}'))
{%- endmacro %}

{# Before a model: the keys it is built by. PostgreSQL takes the condition above for ten rows, and would join
    thousands with whole tables, row by row. #}
{% macro plan_touched() -%}
    {%- if config.get('incremental_strategy') == 'touched' and is_incremental() -%}
        set local enable_nestloop = off
        {%- if config.get('meta').touched_by %};
            drop table if exists pg_temp.touched_now;
            create temporary table touched_now on commit drop as
            select kind, business, key from builds.touched
            where kind = '{{ config.get('meta').touched_by[0] }}';
            analyze pg_temp.touched_now
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# Add keys to what is touched: those of a query of (business, key). Their order prevents deadlocks. Before a
    model, `plan_touched` follows. #}
{% macro touch(kind, keys) -%}
    insert into builds.touched (kind, business, key, build)
    select distinct '{{ kind }}', business, key, '{{ invocation_id }}'
    from ({{ keys }}) as keys (business, key)
    where key is not null
    order by business, key
    on conflict do nothing
{%- endmacro %}

{# Before a run: take what raw noted, and what an earlier run did not finish. #}
{% macro take_touched() -%}
    with

    taken as (delete from builds.noted returning kind, business, key),

    left_over as (update builds.touched set build = '{{ invocation_id }}')

    insert into builds.touched (kind, business, key, build)
    select distinct kind, business, key, '{{ invocation_id }}'
    from taken
    on conflict do nothing
{%- endmacro %}

{# After a run in which every model of the strategy was built and nothing failed. #}
{% macro forget_touched(results) -%}
    {%- if execute -%}
        {%- set built = results | selectattr('status', 'in', ['success', 'pass', 'warn', 'no-op'])
            | map(attribute='node.unique_id') | list -%}
        {%- set missing = graph.nodes.values()
            | selectattr('config.incremental_strategy', 'defined')
            | selectattr('config.incremental_strategy', 'equalto', 'touched')
            | rejectattr('unique_id', 'in', built) | list -%}
        {%- if built | length == results | length and not missing -%}
            delete from builds.touched where build = '{{ invocation_id }}'
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# The strategy: of the touched rows those that changed are replaced, and the keys in them are touched. #}
{% macro get_incremental_touched_sql(arguments) -%}
    {%- set about = config.get('meta') -%}
    {%- set columns = arguments['dest_columns'] | map(attribute='quoted') | list -%}
    {%- set target, built = arguments['target_relation'], arguments['temp_relation'] -%}
    {%- set same -%}
        {% for column in arguments['unique_key'] -%}
            built.{{ column }} = known.{{ column }} and {% endfor -%}
        row(built.{{ columns | join(', built.') }})::record
        *= row(known.{{ columns | join(', known.') }})::record
    {%- endset -%}
    {%- set kinds = about.get('touches', {}) -%}

    set local enable_nestloop to default;
    analyze {{ built }};
    create temporary table changed_keys (kind text, business text, key text) on commit drop;

    with gone as (
        delete from {{ target }} as known
        where
            {% if about.touched_by -%}
                (business, {{ about.touched_by[1] }}) in (
                    select business, key from pg_temp.touched_now
                ) and
            {%- endif %}
            not exists (select from {{ built }} as built where {{ same }})
        returning known.*
    )

    {{ keys_of('gone', kinds) }};

    with come as (
        insert into {{ target }} ({{ columns | join(', ') }})
        select {{ columns | join(', ') }}
        from {{ built }} as built
        where not exists (select from {{ target }} as known where {{ same }})
        returning *
    )

    {{ keys_of('come', kinds) }};

    {% for kind in kinds -%}
        {{ touch(kind, "select business, key from changed_keys where kind = '" ~ kind ~ "'") }};
    {% endfor -%}
    analyze builds.touched
{%- endmacro %}

{% macro keys_of(rows, kinds) -%}
    insert into changed_keys
    {% for kind, key in kinds.items() -%}
        select distinct '{{ kind }}', business, {{ key }} from {{ rows }}
        {% if not loop.last %}union all{% endif %}
    {% else -%}
        select null, null, null where false
    {%- endfor %}
{%- endmacro %}

{# Devices whose program was recognised anew, and events of no device: both are judged by what others say. #}
{% macro touch_devices_of_agents() -%}
    {{ touch('device', "select business, device_id from " ~ ref('int_devices__judged') ~ " where "
        ~ is_touched('agent', 'user_agent')
        ~ " union all select business, '' from builds.touched where kind = 'agent'") }};
    {{ plan_touched() }}
{%- endmacro %}

{# Devices of customers who began or ceased to allow that they are looked at. #}
{% macro touch_devices_of_customers() -%}
    {{ touch('device', "select business, device_id from " ~ ref('int_events__attributed') ~ " where "
        ~ is_touched('permission', 'customer_id')) }};
    {{ plan_touched() }}
{%- endmacro %}

{# Products that customers bought who began or ceased to allow that they are looked at. #}
{% macro touch_products_of_customers() -%}
    {{ touch('product sold', "select business, product_id from " ~ ref('order_lines') ~ " where "
        ~ is_touched('permission', 'customer_id')) }};
    {{ plan_touched() }}
{%- endmacro %}

{# Customers of products that came, went, or changed in what preferences are told by. #}
{% macro touch_customers_of_products() -%}
    {%- set inputs = [ref('int_events__exploded'), ref('stg_shop__orders')] -%}
    {%- do inputs.append(ref('int_interactions__added')) -%}
    {%- for relation in inputs -%}
        {{ touch('customer', "select business, customer_id from " ~ relation ~ " where "
            ~ is_touched('product', 'product_id')) }};
    {% endfor -%}
    {{ plan_touched() }}
{%- endmacro %}

{# Customers who clicked in an e-mail on a page that now shows another product than it did, or none. #}
{% macro touch_customers_of_pages() -%}
    {%- if is_incremental() -%}
        {{ touch('customer', "select business, customer_id from " ~ this ~ " where "
            ~ is_touched('page', 'page')) }};
        {{ plan_touched() }}
    {%- endif -%}
{%- endmacro %}

{# Customers whose signs were weighed while the business's clock said otherwise than they do. #}
{% macro touch_customers_ahead() -%}
    {%- if is_incremental() -%}
        set local enable_nestloop to default;
        {{ touch('customer', "select business, customer_id from " ~ this ~ " where last_at > weighed_at"
            ~ " union all select known.business, known.customer_id from " ~ this ~ " as known inner join "
            ~ ref('int_businesses__clocked') ~ " as clocks on known.business = clocks.business"
            ~ " and known.weighed_at > clocks.now_at") }};
        {{ plan_touched() }}
    {%- endif -%}
{%- endmacro %}
