"""How the records of a source look, and how that changes: written down in the transaction that stores them."""

import re
from collections import Counter
from collections.abc import Callable

import psycopg

TYPES = {str: "string", int: "number", float: "number", bool: "boolean", dict: "object", list: "array"}
ALWAYS = 0.99  # the share of its records in which a field must have stood to be missed
MOST_FIELDS = 200  # an object with more has data for names
# A name that could be data, such as an address, is not written down.
NAME = re.compile(r"[\w .:$#/-]{1,100}")
WHOLE = ("", "record")
NOTHING = type(None)


class Shapes:
    """Counts the shapes of records as they pass; few differ, so that each costs one look."""

    def __init__(self):
        self.seen: dict[tuple, list] = {}  # a shape's count, and the names of the objects in it

    def watch(self, mapping: Callable[[dict], object]) -> Callable[[dict], object]:
        """Return the mapping, which counts from now on what goes through it."""
        seen = self.seen

        def apply(record: dict):
            values = record.values()
            kinds = tuple(map(type, values))
            if "" in values:
                kinds = tuple([NOTHING if value == "" else value.__class__ for value in values])
            shape = "", tuple(record), kinds
            tally = seen.get(shape) or seen.setdefault(
                shape, [0, [name for name in record if type(record[name]) is dict]]
            )
            tally[0] += 1
            for name in tally[1]:
                inner = record[name]
                if len(inner) <= MOST_FIELDS:
                    shape = name, tuple(inner), tuple(map(type, inner.values()))
                    tally = seen.get(shape) or seen.setdefault(shape, [0])
                    tally[0] += 1
            return mapping(record)

        return apply

    def take(self) -> Counter:
        """Return how many records had which field of which type, and begin anew."""
        fields = Counter()
        for (around, names, kinds), (count, *_) in self.seen.items():
            if not around:
                fields[WHOLE] += count
            for name, kind in zip(names, kinds, strict=True):
                path = f"{around}.{name}" if around else str(name)
                fields[path if NAME.fullmatch(path) else "?", TYPES.get(kind, "null")] += count
        self.seen.clear()
        return fields


def note(connection: psycopg.Connection, source: str, run_id: str, fields: Counter, words: Counter) -> None:
    """Write down what a batch showed: fields by type, and by column how many words its mapping did not know.

    The first run over a source says how it looks; from then on what is new, missing, renamed or retyped is drift.
    """
    rows = connection.execute(
        "select field, type, records from crawl.shapes where source = %s and first_seen_run <> %s", [source, run_id]
    ).fetchall()
    known = {(field, kind): records for field, kind, records in rows}
    changes = [(column, "retyped", "a word that the mapping does not know", count) for column, count in words.items()]
    if known and fields:
        changes += _changes(known, fields)
    with connection.cursor() as cursor:
        shapes = [(source, field, kind, count, run_id, run_id) for (field, kind), count in sorted(fields.items())]
        cursor.executemany(SHAPE, shapes)
        cursor.executemany(DRIFT, [(source, run_id, *change) for change in sorted(changes)])


def _changes(known: dict[tuple[str, str], int], fields: Counter) -> list[tuple[str, str, str, int]]:
    """Return (field, change, detail, records) of what differs from what was known."""
    before, now = _by_field(known), _by_field(fields)
    whole, received = known.get(WHOLE, 0), fields[WHOLE]
    new = [field for field in now if field not in before and _is_top(field, before)]
    missing = [
        field
        for field, kinds in before.items()
        if field not in now and whole and sum(kinds.values()) >= ALWAYS * whole and _is_top(field, now)
    ]
    changes = [(field, "new", ", ".join(sorted(now[field])), sum(now[field].values())) for field in new]
    changes += [(field, "missing", ", ".join(sorted(before[field])), received) for field in missing]
    for field in sorted(set(now) & set(before)):
        for kind in sorted(set(now[field]) - set(before[field])):
            changes.append((field, "retyped", f"{', '.join(sorted(before[field]))}; now {kind}", now[field][kind]))
    for field in missing:
        twins = [name for name in new if set(now[name]) <= set(before[field]) | {"null"}]
        if len(twins) == 1:
            changes.append((field, "renamed", f"perhaps to {twins[0]}", sum(now[twins[0]].values())))
    return changes


def _by_field(shapes: dict[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    fields: dict[str, dict[str, int]] = {}
    for (field, kind), count in shapes.items():
        if (field, kind) != WHOLE:
            fields.setdefault(field, {})[kind] = count
    return fields


def _is_top(field: str, others: dict) -> bool:
    """Say whether a field changed by itself, and not only because the object around it came or went."""
    around = field.rpartition(".")[0]
    return not around or around in others


SHAPE = """
insert into crawl.shapes (source, field, type, records, first_seen_run, last_seen_run) values (%s, %s, %s, %s, %s, %s)
on conflict (source, field, type) do update set
    records = shapes.records + excluded.records, last_seen_run = excluded.last_seen_run, last_seen_at = now()
"""
DRIFT = """
insert into crawl.drift (source, run_id, field, change, detail, records) values (%s, %s, %s, %s, %s, %s)
on conflict (source, run_id, field, change) do update set records = drift.records + excluded.records
"""
