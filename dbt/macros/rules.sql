{# By which rules a model is built: its text, that of models and seeds above it, and the vars in them. #}
{% macro rules_of(model) -%}
    {%- set above, texts = [model.unique_id], [] -%}
    {%- for unique_id in above if unique_id in graph.nodes -%}
        {%- set node = graph.nodes[unique_id] -%}
        {%- do texts.append(node.raw_code or node.checksum.checksum) -%}
        {%- for parent in node.depends_on.nodes if parent not in above -%}
            {%- do above.append(parent) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set names = modules.re.findall('var\\(\s*["\'](\w+)["\']', texts | join) + vars_of_macros() -%}
    {%- for name in names | unique | sort -%}
        {%- do texts.append(name ~ ' is ' ~ var(name)) -%}
    {%- endfor -%}
    {{ return(local_md5(texts | sort | join('\n'))) }}
{%- endmacro %}

{# Whoever uses a var in a macro names it here: macros have no place in dbt's graph. #}
{% macro vars_of_macros() -%}
    {{ return(['interest_half_life', 'price_jumps_by', 'smallest_cell']) }}
{%- endmacro %}

{# dbt's own, and more: where the rules changed, a model of the strategy `touched` is built anew. #}
{% macro should_full_refresh() -%}
    {%- set wanted = config.get('full_refresh') -%}
    {%- set wanted = flags.FULL_REFRESH if wanted is none else wanted -%}
    {%- if not wanted and execute and config.get('incremental_strategy') == 'touched' -%}
        {%- set query = "select fingerprint from builds.rules where model = '" ~ model.name ~ "'" -%}
        {%- set known = run_query(query) -%}
        {%- set wanted = known.rows | length == 0 or known.rows[0][0] != rules_of(model) -%}
    {%- endif -%}
    {{ return(wanted) }}
{%- endmacro %}

{# After a model of the strategy `touched` was built, in its transaction: by which rules, and if not whole. #}
{% macro note_rules() -%}
    {%- if execute and config.get('incremental_strategy') == 'touched' -%}
        insert into builds.rules (model, fingerprint, touched_in)
        values (
            '{{ model.name }}', '{{ rules_of(model) }}',
            {% if is_incremental() %} '{{ invocation_id }}' {% else %} null {% endif %}
        )
        on conflict (model) do update set fingerprint = excluded.fingerprint, touched_in = excluded.touched_in
    {%- endif -%}
{%- endmacro %}

{# A statement for the builds alone that build all of a model. #}
{% macro when_whole(statement) -%}
    {%- if not is_incremental() -%} {{ statement }} {%- endif -%}
{%- endmacro %}
