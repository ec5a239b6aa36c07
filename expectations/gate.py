"""Run the suites of a layer with Great Expectations, and keep every result as a row of quality.results."""

import importlib
import logging
import os
from typing import NamedTuple

# Read while Great Expectations is imported: report nothing to its makers.
os.environ["GX_ANALYTICS_ENABLED"] = "False"

import great_expectations as gx
from psycopg.types.json import Jsonb

from expectations.tables import require
from warehouse.connection import connect

# No sample values: they could be personal.
COUNTS_ONLY = {"result_format": "BASIC", "partial_unexpected_count": 0}
STORE = """
insert into quality.results (run_id, layer, suite, expectation, kwargs, success, observed)
values (%s, %s, %s, %s, %s, %s, %s)
"""


class Result(NamedTuple):
    """What became of one expectation: where, what was expected and observed, in words, and how it was asked."""

    table: str
    expectation: str
    kwargs: dict
    success: bool
    expected: str
    observed: str


def check(layer: str) -> list[Result]:
    """Run every suite of expectations/<layer>.py, whatever fails on the way.

    Raises:
        UnreadyError: a table is missing.
    """
    logging.getLogger("great_expectations._docs_decorators").setLevel(logging.WARNING)
    suites = importlib.import_module(f"expectations.{layer}").SUITES
    require([*suites, "marts.customers", "quality.results"] if layer == "ml" else [*suites, "quality.results"])
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    warehouse = context.data_sources.add_sql("warehouse", connection_string="postgresql+psycopg://")
    results = []
    for table, expectations in suites.items():
        schema, name = table.split(".")
        asset = warehouse.add_table_asset(table, table_name=name, schema_name=schema)
        batch = asset.add_batch_definition_whole_table("all").get_batch()
        suite = gx.ExpectationSuite(name=table, expectations=expectations)
        results += [_result(table, one) for one in batch.validate(suite, result_format=COUNTS_ONLY).results]
    return results


def store(layer: str, run_id: str, results: list[Result]) -> None:
    """Write one row per result, failed or not."""
    rows = [(run_id, layer, r.table, r.expectation, Jsonb(r.kwargs), r.success, r.observed) for r in results]
    with connect() as connection, connection.cursor() as cursor:
        cursor.executemany(STORE, rows)


def _result(table: str, found) -> Result:
    config = found.expectation_config
    kwargs = {name: value for name, value in config.kwargs.items() if name != "batch_id"}
    expected = config.description or config.type
    return Result(table, config.type, kwargs, bool(found.success), expected, _observed(found))


def _observed(found) -> str:
    """Say what was found in numbers: never a value of a row."""
    counts = found.result or {}
    if counts.get("observed_value") is not None:
        is_rows = found.expectation_config.type == "unexpected_rows_expectation"
        return f"{counts['observed_value']} rows against it" if is_rows else str(counts["observed_value"])
    if "unexpected_count" in counts:
        return f"{counts['unexpected_count']} of {counts['element_count']} rows against it"
    return "what was expected" if found.success else f"that it could not be checked: {_problem(found.exception_info)}"


def _problem(exceptions: dict) -> str:
    """Return the first line of what the database or Great Expectations refused to do."""
    nested = [one for one in exceptions.values() if isinstance(one, dict)] or [exceptions]
    messages = [one["exception_message"] for one in nested if one.get("exception_message")]
    return messages[0].strip().splitlines()[0] if messages else "no reason given"
