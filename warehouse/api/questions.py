"""A question to a table (columns, filters, sort, place) as one SQL statement; names come from the catalogue alone."""

from typing import NamedTuple

from fastapi import HTTPException
from psycopg import sql

OPERATORS = {"eq": "=", "neq": "<>", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
NO_ORDER = ("json", "jsonb")
MOST_VALUES = 100
FORM = (
    "column.operator.value, as PostgREST writes it; operators: eq neq lt lte gt gte, in (values between commas), like"
    " (`*` for any letters), is (null or not_null)"
)


class Relation(NamedTuple):
    """A table that may be asked: the type of each column, and the columns that name a row."""

    name: str
    columns: dict[str, str]
    key: tuple[str, ...]


def statement(
    relation: Relation,
    business: str,
    columns: list[str],
    filters: list[str],
    sort: str | None,
    place: list | None,
    limit: int,
) -> tuple[sql.Composed, list]:
    """Return the statement and its values; each row carries its release and its place.

    Raises:
        HTTPException: 400, there is no such column or operator.
    """
    conditions, values = [sql.SQL("business = %s")], [business]
    for one in filters:
        condition, given = _condition(relation, one)
        conditions.append(condition)
        values += given
    name, is_falling = (sort.removeprefix("-"), sort.startswith("-")) if sort else (None, False)
    key = [column for column in relation.key if column not in ("business", name)]
    if name:
        _known(relation, name, is_ordered=True)
    if place is not None:
        condition, given = _behind(relation, name, is_falling, key, place)
        conditions.append(condition)
        values += given
    order = [sql.Identifier(column) for column in key]
    if name:
        falling = sql.SQL("{} desc nulls last" if is_falling else "{} nulls last")
        order.insert(0, falling.format(sql.Identifier(name)))
    placed = [sql.SQL("{}::text").format(sql.Identifier(column)) for column in ([name] if name else []) + key]
    text = sql.SQL(
        "select {columns}, release_id, array[{placed}]::text[] as place from {table} where {conditions}"
        " order by {order} limit %s"
    ).format(
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        placed=sql.SQL(", ").join(placed),
        table=sql.Identifier("serving", relation.name),
        conditions=sql.SQL(" and ").join(conditions),
        order=sql.SQL(", ").join(order or [sql.SQL("business")]),
    )
    return text, [*values, limit]


def size_of_place(relation: Relation, sort: str | None) -> int:
    """Return how many values name the place of a row under this order."""
    name = sort.removeprefix("-") if sort else None
    return bool(name) + len([column for column in relation.key if column not in ("business", name)])


def checked(relation: Relation, columns: str | None) -> list[str]:
    """Return the columns that are asked for, all where none are named.

    Raises:
        HTTPException: 400, there is no such column.
    """
    names = list(dict.fromkeys(columns.split(","))) if columns else list(relation.columns)
    for name in names:
        _known(relation, name)
    return names


def _known(relation: Relation, name: str, is_ordered: bool = False) -> str:
    """Return the type of a column."""
    kind = relation.columns.get(name)
    if kind is None:
        raise HTTPException(400, f"{relation.name} has no such column; it has {', '.join(relation.columns)}")
    if is_ordered and kind in NO_ORDER:
        raise HTTPException(400, f"{name} is a document: it can be read, and compared with nothing")
    return kind


def _condition(relation: Relation, text: str) -> tuple[sql.Composed, list]:
    parts = text.split(".", 2)
    if len(parts) < 3 or "\0" in text:
        raise HTTPException(400, f"filter: {FORM}")
    name, operator, value = parts
    kind, column = _known(relation, name, is_ordered=operator != "is"), sql.Identifier(name)
    if operator == "is" and value in ("null", "not_null"):
        return sql.SQL("{} is null" if value == "null" else "{} is not null").format(column), []
    if operator == "like" and kind == "text":
        pattern = value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_").replace("*", "%")
        return sql.SQL("{} ilike %s").format(column), [pattern]
    if operator == "in":
        values = value.split(",")
        if len(values) > MOST_VALUES:
            raise HTTPException(400, f"filter: in takes {MOST_VALUES} values at most")
        return sql.SQL("{} = any(%s::{}[])").format(column, sql.SQL(kind)), [values]
    if operator in OPERATORS:
        comparison = sql.SQL("{} {} %s::{}").format(column, sql.SQL(OPERATORS[operator]), sql.SQL(kind))
        return comparison, [value]
    raise HTTPException(400, f"filter: {FORM}")


def _behind(relation, name: str | None, is_falling: bool, key: list[str], place: list) -> tuple[sql.Composed, list]:
    """Return the condition of the rows behind a place: keyset paging, nulls last."""
    later, values = sql.SQL("false"), []
    if key:
        given = [sql.SQL("%s::{}").format(sql.SQL(relation.columns[column])) for column in key]
        later = sql.SQL("({}) > ({})").format(sql.SQL(", ").join(map(sql.Identifier, key)), sql.SQL(", ").join(given))
        values = place[bool(name) :]
    if not name:
        return later, values
    column, kind = sql.Identifier(name), sql.SQL(relation.columns[name])
    if place[0] is None:
        return sql.SQL("{} is null and {}").format(column, later), values
    text = "({0} < %s::{1} or {0} is null or ({0} = %s::{1} and {2}))"
    text = text if is_falling else text.replace("<", ">")
    return sql.SQL(text).format(column, kind, later), [place[0], place[0], *values]
