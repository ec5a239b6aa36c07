"""What an audience would be before anything is sent: its size, whom which rule leaves out, its overlap with others."""

import psycopg

from warehouse.audiences import Audience, AudienceError, attributes

# Of a business: who meets the alternatives, and by which rules each is left out.
FOUND = """
create temporary table found on commit drop as
with rules as (
    select *
    from unnest(%s::int[], %s::int[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
        as rules (alternative, place, attribute, of_value, operator, value, kind)
), compared as (
    select
        permitted.customer_id, rules.alternative, rules.place,
        activation.rule_holds(rules.operator, rules.kind, text_value, number_value, rules.value) as holds
    from intermediate.int_customers__permitted as permitted
    cross join rules
    left join intermediate.int_customers__targetable as targetable
        on targetable.business = permitted.business and targetable.customer_id = permitted.customer_id
        and targetable.attribute = rules.attribute and targetable.of_value is not distinct from rules.of_value
    where permitted.business = %s and permitted.may_analyse
), meeting as (
    select customer_id
    from (
        select customer_id from compared where alternative > 0
        group by customer_id, alternative having bool_and(holds)
    ) as alternatives
    group by customer_id
)
select
    customer_id,
    array(
        select place from compared
        where compared.customer_id = meeting.customer_id and alternative = 0 and holds
    ) as left_out_by
from meeting
"""
CONSENTS = """
select consents.purpose, count(*) filter (where consents.is_granted is not true)
from found inner join marts.consents on consents.customer_id = found.customer_id
where consents.business = %s and consents.valid_to is null and cardinality(left_out_by) = 0
group by 1 order by 1
"""
OVERLAPS = """
select audiences.audience_id, count(*)
from found inner join marts.audiences on audiences.customer_id = found.customer_id
where audiences.business = %s and audiences.audience_id <> %s and cardinality(left_out_by) = 0
group by 1 order by 2 desc, 1
"""
UNKNOWN = """
select attribute || ' of ' || of_value
from unnest(%s::text[], %s::text[]) as asked (attribute, of_value)
where
    of_value is not null and (attribute like '%%\\_share' or attribute like 'interest%%') and not exists (
        select from intermediate.int_customers__targetable as known
        where known.business = %s and known.attribute = asked.attribute and known.of_value = asked.of_value
    )
"""
NEEDED = ("intermediate.int_customers__targetable", "marts.audiences", "marts.consents")


def preview(connection: psycopg.Connection, audience: Audience) -> list[str]:
    """Return what is to be said of an audience, as lines; nothing is stored.

    Raises:
        AudienceError: the campaign models were never built.
    """
    for table in NEEDED:
        if not connection.execute("select to_regclass(%s)", [table]).fetchone()[0]:
            raise AudienceError(
                f"{table} does not exist: run `dbt build --project-dir dbt --profiles-dir dbt --select tag:campaign`"
            )
    definition = audience.definition
    lines = [f"{audience.audience_id}, version {audience.version}: {definition.description}"]
    businesses = connection.execute(
        "select distinct business from intermediate.int_customers__permitted where business = %s or %s = '*'"
        " order by 1",
        [definition.business] * 2,
    )
    for (business,) in businesses.fetchall():
        with connection.transaction(force_rollback=True):
            lines += _of_business(connection, audience, business)
    return lines


def _of_business(connection, audience: Audience, business: str) -> list[str]:
    columns = list(zip(*audience.rules, strict=True))
    kinds = [attributes()[attribute][0] for attribute in columns[2]]
    connection.execute(FOUND, [*map(list, columns), kinds, business])
    size, left_out = connection.execute(
        "select count(*) filter (where cardinality(left_out_by) = 0),"
        " count(*) filter (where cardinality(left_out_by) > 0) from found"
    ).fetchone()
    lines = [f"{business}: {size:,} customers, {left_out:,} more are left out"]
    by_rule = dict(
        connection.execute("select place, count(*) from found, unnest(left_out_by) as place group by 1").fetchall()
    )
    for number, place, attribute, of_value, operator, value in audience.rules:
        if number == 0:
            what = " ".join(filter(None, (attribute, of_value, operator, value)))
            lines.append(f"  left out by {what}: {by_rule.get(place, 0):,}")
    for purpose, count in connection.execute(CONSENTS, [business]).fetchall():
        lines.append(f"  no consent to {purpose}: {count:,}")
    for other, count in connection.execute(OVERLAPS, [business, audience.audience_id]).fetchall():
        lines.append(f"  also in {other}: {count:,} ({count / size:.0%})")
    for (what,) in connection.execute(UNKNOWN, [list(columns[2]), list(columns[3]), business]).fetchall():
        lines.append(
            f"  {what} is asked for the first time: `python -m warehouse audience load`, then the build of"
            " tag:campaign, counts it"
        )
    return lines
