{#
    Tests look at what this very run built: of a model of the strategy `touched` at the rows with a touched key, if no
    more was built. Whole builds, and `dbt test` alone, look at everything.
#}

{# A condition on rows that this run built of a model; empty where all of them count. #}
{% macro if_built(name, key=none, business='business') -%}
    {%- set about = {} -%}
    {%- if execute -%}
        {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.name == name
            and node.config.meta.touched_by -%}
            {%- set query = "select from builds.rules where model = '" ~ name ~ "' and touched_in = '"
                ~ invocation_id ~ "'" -%}
            {%- if run_query(query).rows | length -%}
                {%- set kind, own_key = node.config.meta.touched_by -%}
                {%- do about.update(kind=kind, key=key or own_key) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return('(' ~ is_touched(about.kind, about.key, business) ~ ')' if about else '') }}
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
