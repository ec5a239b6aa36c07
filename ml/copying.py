"""From a query to an array in few messages: COPY sends each row by itself, so a row here is all rows of a day."""

import struct

import numpy as np
import psycopg
from psycopg import sql

HEADER, TRAILER = 19, 2  # bytes around the rows of a binary COPY
# Sorted by day, groups are built one after the other; hashed, all of them would be in the server's memory at once.
IN_DAYS = sql.SQL(
    """
    copy (
        select {arrays}
        from (select *, occurred_at::date as day from ({query}) as found order by day) as found
        group by day
    ) to stdout (format binary)
    """
)


def copied(connection: psycopg.Connection, query: str, parameters: dict, kind: np.dtype) -> np.ndarray:
    """Return a query's rows as an array of `kind`, in no order; one of its columns is `occurred_at`, none is null.

    The stream is a header, then per row a count of fields (2 bytes) and its fields, then a trailer. A field is its
    length (4 bytes) and an array: dimensions, flags, type, size and lower bound (4 bytes each), then per element its
    length (4 bytes) and its big-endian value.
    """
    arrays = sql.SQL(", ").join(sql.SQL("array_agg({})").format(sql.Identifier(name)) for name in kind.names)
    with connection.cursor().copy(IN_DAYS.format(arrays=arrays, query=sql.SQL(query)), parameters) as copy:
        stream = b"".join(copy)
    elements = {name: np.dtype([("length", ">i4"), ("value", kind[name].newbyteorder(">"))]) for name in kind.names}
    found, at = {name: [] for name in kind.names}, HEADER
    while at < len(stream) - TRAILER:
        at += 2
        for name, element in elements.items():
            (count,) = struct.unpack_from(">i", stream, at + 16)
            found[name].append(np.frombuffer(stream, element, count, at + 24)["value"])
            at += 24 + count * element.itemsize
    rows = np.empty(sum(map(len, found[kind.names[0]])), dtype=kind)
    for name, parts in found.items():
        rows[name] = np.concatenate(parts) if parts else []
    return rows
