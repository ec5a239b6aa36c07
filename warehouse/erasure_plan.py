"""What is held of a person and where: found in the catalogue by the columns that name people and what they did.

`IDENTIFIERS` says which column names whom, in every table of every schema: a new table is in the plan as soon as it is
there. A table that says something of single people without naming them so is none that this finds; a test follows dbt's
lineage from the raw tables of people and goes red where one of them ends in such a table.
"""

from collections import Counter
from typing import NamedTuple

from psycopg import sql

SCHEMAS = ("raw", "live", "intermediate", "marts", "ml", "activation")
# Column → the kind of identifier that it holds; as text, or as the bytes of a blind index.
IDENTIFIERS = {
    "customer_id": "customer",
    "user_id": "customer",
    "anonymous_id": "device",
    "device_id": "device",
    "email_index": "email",
    "phone_index": "phone",
    "author_index": "author",
    "account_id": "account",
    "message_id": "message",
    "session_id": "message",  # a session is called after its first message
    "event_id": "email_event",
    "post_id": "post",
    "first_post_id": "post",
}
# Pairs of columns: what the second holds is said by the first. A cluster is called after one of its identifiers.
PAIRS = {"identifier": "kind", "other_identifier": "other_kind"}
CLUSTER = "cluster_id"
# By which a person is known to the door (`person` of the contracts), and their keys are found.
PEOPLE = ("customer", "device", "email", "author", "account")

ERASED = """
create temporary table erased (
    business text not null, subject text not null, kind text not null, value text not null,
    primary key (business, kind, value, subject)
) on commit drop
"""
# Who is known by what: business, customer, kind, value. What several people are known by is nobody's, and stays.
KNOWN_BY = {
    "raw.events": "select business, user_id, 'device', anonymous_id from raw.events",
    "raw.customers": "select business, customer_id, 'email', encode(email_index, 'hex') from raw.customers"
    " union all select business, customer_id, 'phone', encode(phone_index, 'hex') from raw.customers",
    "raw.email_events": "select business, customer_id, 'email', encode(email_index, 'hex') from raw.email_events",
    "raw.accounts": "select business, customer_id, 'account', account_id from raw.accounts",
    "raw.product_holdings": "select business, customer_id, 'account', account_id from raw.product_holdings",
    "raw.posts": "select events.business, events.user_id, 'author', encode(posts.author_index, 'hex')"
    " from raw.events inner join raw.posts"
    " on events.business = posts.business and events.properties ->> 'review_id' = posts.post_id",
    "intermediate.int_identities__dated": "select business, customer_id, kind, identifier"
    " from intermediate.int_identities__dated",
    "intermediate.int_authors__linked": "select business, customer_id, 'author', encode(author_index, 'hex')"
    " from intermediate.int_authors__linked",
}
# What the person, or their device, address or handle alone, did.
DEEDS = {
    "raw.events": "select business, 'customer', user_id, 'message', message_id from raw.events"
    " union all select business, 'device', anonymous_id, 'message', message_id from raw.events where user_id is null",
    "raw.email_events": "select business, 'customer', customer_id, 'email_event', event_id from raw.email_events"
    " union all select business, 'email', encode(email_index, 'hex'), 'email_event', event_id"
    " from raw.email_events where customer_id is null",
    "raw.posts": "select business, 'author', encode(author_index, 'hex'), 'post', post_id from raw.posts",
    "intermediate.int_events__attributed": "select business, 'customer', customer_id, 'message', message_id"
    " from intermediate.int_events__attributed",
}


class Place(NamedTuple):
    """A table, its columns with their types, and whether it counts orders, which stay as those of guests."""

    schema: str
    name: str
    columns: dict[str, str]
    is_of_orders: bool


def places(connection) -> list[Place]:
    """Return every table that names people in any of its columns."""
    rows = connection.execute(
        "select nspname, relname, jsonb_object_agg(attname, format_type(atttypid, null))"
        " from pg_attribute inner join pg_class on attrelid = pg_class.oid"
        " inner join pg_namespace on relnamespace = pg_namespace.oid"
        " where relkind in ('r', 'p') and attnum > 0 and not attisdropped"
        " and (nspname = any(%s) or nspname ~ '^release_[0-9]+$') and relname <> 'erasure_requests'"
        " group by 1, 2 order by 1, 2",
        [list(SCHEMAS)],
    ).fetchall()
    return [
        Place(schema, name, columns, {"order_id", "customer_id"} <= set(columns))
        for schema, name, columns in rows
        if "business" in columns and set(columns) & {*IDENTIFIERS, *PAIRS}
    ]


def find(connection) -> None:
    """Add to the temporary table `erased`, which names customers, all that only they are known by and what they did."""
    for statement, queries in ((FIND, KNOWN_BY), (FIND_DEEDS, DEEDS)):
        there = connection.execute(
            "select name from unnest(%s::text[]) as name where to_regclass(name) is not null", [list(queries)]
        )
        united = sql.SQL(" union all ").join(sql.SQL(queries[name]) for (name,) in there.fetchall())
        connection.execute(sql.SQL(statement).format(united))
        connection.execute("analyze erased")


FIND = """
with pairs as materialized (
    select distinct business, customer_id, kind, value
    from ({}) as pairs (business, customer_id, kind, value)
    where customer_id is not null and value is not null
), own as (
    select business, kind, value, min(customer_id) as customer_id
    from pairs
    group by business, kind, value
    having count(*) = 1
)
insert into erased (business, subject, kind, value)
select own.business, erased.subject, own.kind, own.value
from own
inner join erased on own.business = erased.business and erased.kind = 'customer' and own.customer_id = erased.value
on conflict do nothing
"""
FIND_DEEDS = """
insert into erased (business, subject, kind, value)
select distinct deeds.business, erased.subject, deeds.kind, deeds.id
from ({}) as deeds (business, of_kind, value, kind, id)
inner join erased
    on deeds.business = erased.business and deeds.of_kind = erased.kind and deeds.value = erased.value
on conflict do nothing
"""


# What the next build would build anew of them: there is nothing left to build, and the note names them.
UNNOTE = """
with noted as (
    delete from builds.noted as held using erased
    where held.business = erased.business and held.key = erased.value
        and held.kind in ('customer', 'device', 'recipient')
)
delete from builds.touched as held using erased
where held.business = erased.business and (
    held.key = erased.value and held.kind in ('customer', 'device', 'recipient', 'permission', 'owner')
    or held.key = erased.kind || ':' || erased.value and held.kind = 'cluster'
)
"""


def erase(connection, place: Place) -> dict[str, int]:
    """Take away a table's rows of those in `erased`, or the customer off its orders; return rows by subject."""
    gone = Counter()
    for statement in _statements(place):
        gone.update(dict(connection.execute(statement).fetchall()))
    return gone


def _statements(place: Place):
    table = sql.Identifier(place.schema, place.name)
    act = sql.SQL("delete from {} as held").format(table)
    if place.is_of_orders:
        changes = [sql.SQL("customer_id = null")]
        if "extra" in place.columns:
            changes.append(sql.SQL("extra = null"))
        if "fingerprint" in place.columns:  # it was of the customer too
            changes.append(sql.SQL("fingerprint = uuid_send(gen_random_uuid())"))
        act = sql.SQL("update {} as held set {}").format(table, sql.SQL(", ").join(changes))
    for column, kind in IDENTIFIERS.items():
        if column in place.columns:
            yield _statement(act, place, sql.Literal(kind), _value(place, column))
    if "device_id" in place.columns:  # who sends without a device is called by who was logged in
        yield _statement(act, place, sql.Literal("customer"), _value(place, "device_id"))
    for column, kind in PAIRS.items():
        if column in place.columns:
            yield _statement(act, place, sql.Identifier("held", kind), _value(place, column))
    if CLUSTER in place.columns:
        kind = sql.SQL("split_part(held.cluster_id, ':', 1)")
        yield _statement(act, place, kind, sql.SQL("substr(held.cluster_id, strpos(held.cluster_id, ':') + 1)"))


def _statement(act, place: Place, kind, value) -> sql.Composed:
    using = sql.SQL("from" if place.is_of_orders else "using")
    return sql.SQL(
        "with gone as ({act} {using} erased where held.business = erased.business and erased.kind = {kind}"
        " and {value} = erased.value returning erased.subject) select subject, count(*) from gone group by 1"
    ).format(act=act, using=using, kind=kind, value=value)


def _value(place: Place, column: str) -> sql.Composable:
    held = sql.Identifier("held", column)
    return sql.SQL("encode({}, 'hex')").format(held) if place.columns[column] == "bytea" else held


def unreached(manifest: dict) -> list[str]:
    """Return the tables that dbt builds from raw tables of people and in which no column names any of them."""
    nodes = manifest["nodes"] | manifest["sources"]
    named = {*IDENTIFIERS, *PAIRS}
    of_people = {key for key, node in manifest["sources"].items() if named & set(node["columns"])}
    parents = manifest["parent_map"]
    grown = True
    while grown:
        below = {key for key, above in parents.items() if key.startswith("model.") and of_people & set(above)}
        grown = not below <= of_people
        of_people |= below
    return sorted(
        nodes[key]["name"]
        for key in of_people
        if key.startswith("model.")
        and nodes[key]["config"]["materialized"] not in ("view", "ephemeral")
        and not named & set(nodes[key]["columns"])
    )
