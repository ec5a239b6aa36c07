{#
    Tests look at what this very run built: of a model of the strategy `touched` at the rows with a touched key, if no
    more was built. Whole builds, and `dbt test` alone, look at everything.
#}

{# Of a model of the strategy `touched`: kind and key of the rows that this run built, if it built no more. #}
{% macro built_by(name) -%}
    {%- if execute -%}
        {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.name == name
            and node.config.meta.touched_by -%}
            {%- set query = "select from builds.rules where model = '" ~ name ~ "' and touched_in = '"
                ~ invocation_id ~ "'" -%}
            {%- if run_query(query).rows | length -%}
                {{ return(node.config.meta.touched_by) }}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return([]) }}
{%- endmacro %}

{# A condition on rows that this run built of a model; empty where all of them count. #}
{% macro if_built(name, key=none, business='business') -%}
    {%- set by = built_by(name) -%}
    {{ return('(' ~ is_touched(by[0], key or by[1], business) ~ ')' if by else '') }}
{%- endmacro %}

{# The opposite, for most of a table: PostgreSQL would compare an array with each row element by element. #}
{% macro unless_built(name) -%}
    {%- set by = built_by(name) -%}
    {{ return("(business, " ~ by[1] ~ ") not in (select business, key from builds.touched where kind = '"
        ~ by[0] ~ "')" if by else '') }}
{%- endmacro %}

{# dbt's own, and more: what a generic test of a model reads. #}
{% macro get_where_subquery(relation) -%}
    {%- set condition = if_built(relation.identifier) if relation.schema in ['intermediate', 'marts'] -%}
    {%- if condition -%}
        {{ return("(select * from " ~ relation ~ " where " ~ condition ~ ") as built") }}
    {%- else -%}
        {{ return(default__get_where_subquery(relation)) }}
    {%- endif -%}
{%- endmacro %}
