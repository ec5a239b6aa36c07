"""Check one layer of the warehouse: `python -m expectations raw`. Exits 1 when anything failed, 2 on bad usage."""

import argparse
import os
import sys
import uuid

from warehouse import connection

NEXT = {
    "raw": "see `python -m warehouse quarantine`, mend the source, run `python -m scrapers <source>` again",
    "marts": "mend the model or the data, run `dbt build --project-dir dbt --profiles-dir dbt --exclude tag:campaign`",
    "ml": "run `python -m ml recommend`; what is published stays as it is",
}


def main() -> int:
    """Check the layer that the command line names; say what failed, one line each, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m expectations",
        description="Check one layer of the warehouse. Every result becomes a row of quality.results.",
        epilog="Exits 0 when everything holds, 1 when something does not, 2 on bad usage.",
    )
    parser.add_argument("layer", choices=list(NEXT), help="what arrived, what was built, or what was recommended")
    layer = parser.parse_args().layer
    try:
        connection.adopt()
    except connection.NotConfiguredError as error:
        print(error, file=sys.stderr)
        return 1

    # Imports Great Expectations, which takes seconds: not before it is needed.
    from expectations.gate import check, store
    from expectations.tables import UnreadyError

    run_id = os.environ.get("AIRFLOW_CTX_DAG_RUN_ID") or f"by-hand-{uuid.uuid4().hex[:12]}"
    try:
        with connection.acting_as("inspector"):
            results = check(layer)
            store(layer, run_id, results)
    except UnreadyError as error:
        print(error, file=sys.stderr)
        return 1
    failed = [result for result in results if not result.success]
    for result in failed:
        print(f"{result.table}: expected {result.expected}; observed {result.observed}; next: {NEXT[layer]}")
    print(f"{layer}: {len(results) - len(failed)} of {len(results)} expectations met, run {run_id}")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
