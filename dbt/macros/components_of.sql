{#
    The connected components of a graph: from a CTE of edges with the columns `one` and `other`, one row per `node`
    with its `component`, the least node of it.

    Every node points at a lesser or equal one. A round lets each node, and what it points at, point at the least
    that a neighbour leads to, and halves the way; the rounds end when nothing moves. That is FastSV (Zhang, Azad,
    Buluç 2020): a chain of a thousand takes about a dozen rounds, where a plain recursive query takes a thousand.
    PostgreSQL allows no aggregate over the recursive table itself, so that the state of a round is one array.
#}
{% macro components_of(edges) -%}
    with recursive

    nodes as (

        select
            node,
            (row_number() over (order by node))::integer as place
        from (select one as node from {{ edges }} union distinct select other as node from {{ edges }}) as ends

    ),

    links as (

        select
            nodes.place as here,
            others.place as there
        from {{ edges }} as edges
        inner join nodes on edges.one = nodes.node
        inner join nodes as others on edges.other = others.node
        union distinct
        select
            others.place as here,
            nodes.place as there
        from {{ edges }} as edges
        inner join nodes on edges.one = nodes.node
        inner join nodes as others on edges.other = others.node

    ),

    rounds as (

        select
            0 as number,
            (select array_agg(place order by place) from nodes) as leads_to
        union all
        select
            rounds.number + 1 as number,
            moved.leads_to
        from rounds
        cross join lateral (
            with

            pointers as (

                select
                    place,
                    target
                from unnest(rounds.leads_to) with ordinality as pointer (target, place)

            ),

            doubled as (

                select
                    pointers.place,
                    pointers.target,
                    nexts.target as next_target
                from pointers
                inner join pointers as nexts on pointers.target = nexts.place

            ),

            steps as (

                select
                    place,
                    next_target as target
                from doubled
                union all
                select
                    unnest(array[here.place, here.target]) as place,
                    there.next_target as target
                from links
                inner join doubled as here on links.here = here.place
                inner join doubled as there on links.there = there.place

            ),

            lessened as (

                select
                    place,
                    min(target) as target
                from steps
                group by place

            )

            select array_agg(target order by place) as leads_to
            from lessened
        ) as moved
        where moved.leads_to != rounds.leads_to

    ),

    settled as (

        select leads_to
        from rounds
        order by number desc
        limit 1

    )

    select
        nodes.node,
        firsts.node as component
    from nodes
    cross join settled
    inner join unnest(settled.leads_to) with ordinality as pointer (target, place) on nodes.place = pointer.place
    inner join nodes as firsts on pointer.target = firsts.place
{%- endmacro %}

{# Before a model of a graph: PostgreSQL cannot guess how large it is, and would meet each with each. #}
{% macro without_loops() -%}
    {{ return("set local enable_nestloop = off; set local enable_mergejoin = off") }}
{%- endmacro %}
