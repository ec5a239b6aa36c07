"""Expectations that several layers share; `batch` in SQL is the table that the suite is about."""

import great_expectations.expectations as gxe

DAY = "interval '1 day'"
# How much of a source may be bad: what is flagged further on and left out there, and what nothing further on looks at.
FLAGGED, UNFLAGGED = 0.1, 0.01


def no_rows(description: str, query: str) -> gxe.UnexpectedRowsExpectation:
    """Expect that a query, which looks for what must not be, returns nothing.

    Great Expectations puts a table's name for {batch}, or a subquery with an alias of its own: both fit here alone.
    """
    whole = f"with batch as (select * from {{batch}}) {query.strip()}"
    return gxe.UnexpectedRowsExpectation(description=description, unexpected_rows_query=whole)


def rows() -> gxe.ExpectTableRowCountToBeBetween:
    """Expect anything at all."""
    return gxe.ExpectTableRowCountToBeBetween(description="at least one row", min_value=1)


def unique(*columns: str) -> gxe.ExpectCompoundColumnsToBeUnique:
    """Expect that no two rows share a key."""
    words = f"no two rows with the same {', '.join(columns)}"
    return gxe.ExpectCompoundColumnsToBeUnique(description=words, column_list=list(columns))


def complete(*columns: str) -> list[gxe.ExpectColumnValuesToNotBeNull]:
    """Expect that none of the columns has a gap."""
    return [gxe.ExpectColumnValuesToNotBeNull(description=f"{name} in every row", column=name) for name in columns]


def between(column: str, low: float, high: float, mostly: float = 1) -> gxe.ExpectColumnValuesToBeBetween:
    """Expect the values of a column within bounds; nulls do not count, an empty table passes."""
    words = f"{column} between {low:g} and {high:g}" + (f" in {100 * mostly:g}% of the rows" if mostly < 1 else "")
    bounds = {"min_value": low, "max_value": high, "mostly": mostly}
    return gxe.ExpectColumnValuesToBeBetween(description=words, column=column, **bounds)


def one_of(column: str, values: list[str], mostly: float = 1) -> gxe.ExpectColumnValuesToBeInSet:
    """Expect words of a list."""
    words = f"{column} is one of {', '.join(values)}" + (f" in {100 * mostly:g}% of the rows" if mostly < 1 else "")
    return gxe.ExpectColumnValuesToBeInSet(description=words, column=column, value_set=values, mostly=mostly)


def proven(bad: str, of: str) -> str:
    """Return SQL of the share that counts prove: one bad row of two proves no broken source, 150 of 1,000 do.

    It is the lower end of the Wilson score interval (Wilson 1927) of three standard deviations.
    """
    return f"({bad} + 4.5 - 3 * sqrt({bad} * ({of} - {bad}) / {of}::numeric + 2.25)) / ({of} + 9)"


def few(description: str, bad: str, share: float = FLAGGED, among: str = "batch") -> gxe.UnexpectedRowsExpectation:
    """Expect that of no source's rows more than a share meets the SQL condition `bad`, as far as they can tell."""
    return no_rows(
        f"{description} in all but {100 * share:g}% of each source's rows, as far as they can tell",
        f"""
        select source from (
            select source, count(*) as total, count(*) filter (where {bad}) as bad from {among} group by source
        ) as counted
        where {proven("bad", "total")} > {share}
        """,
    )


def not_ahead(column: str, time: str = "", share: float = UNFLAGGED) -> gxe.UnexpectedRowsExpectation:
    """Expect times of the past, where `time` is SQL of a column put right: one wrong clock is no broken source."""
    return few(f"{column} at most a day after its arrival", f"{time or column} > loaded_at + {DAY}", share)


def one_currency() -> gxe.UnexpectedRowsExpectation:
    """Expect that a business counts in one currency: sums over two would mean nothing."""
    return no_rows(
        "one currency in each business",
        "select business from batch group by business having count(distinct currency) > 1",
    )


def no_collapse(name: str) -> gxe.UnexpectedRowsExpectation:
    """Expect at least half of the rows that the published release has; without a release there is nothing to lose."""
    return no_rows(
        "at least half as many rows as in the published release",
        f"""
        select release_id from serving.releases
        where is_current and (rows ->> '{name}')::bigint > 2 * (select count(*) from batch)
        """,
    )
