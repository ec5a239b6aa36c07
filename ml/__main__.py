"""Terms, values, credits, recommendations, evaluations, measures, the dictionary: `python -m ml --help`."""

import argparse
import os
import sys
from collections.abc import Callable
from importlib import import_module

import psycopg

from warehouse.connection import NotConfiguredError, acting_as, connect

# One thread for BLAS: sums in another order are not bit-equal. Must stand before numpy is imported.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

# What no other command needs is loaded when it is asked for: plots and gradient boosting take seconds.
LOADED_LATE = {
    "attribution": ("ml.attribution", "attribution"),
    "lift": ("ml.lift.command", "lift"),
    "uplift": ("ml.uplift.command", "uplift"),
    "report campaigns": ("ml.report.campaigns", "campaigns"),
    "report models": ("ml.report.models", "models"),
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m ml", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, what in (
        ("terms", "find the terms of products and posts"),
        ("value", "foretell how often and for how much each customer will buy"),
        ("attribution", "credit conversions to channels by what would be lost without them"),
        ("lift", "compare who a campaign contacted with who it held out: what it caused"),
        ("uplift", "score whom a campaign would persuade, where that beats targeting by response"),
        ("evaluate", "measure the models on several windows of the past, with intervals"),
        ("recommend", "measure the models, and write the lists of every customer; of a bank also what each opens next"),
    ):
        command = commands.add_parser(name, help=what, description=what)
        command.add_argument("--business", help="only this one (default: all of the marts)")
        if name == "evaluate":
            command.add_argument("--windows", type=_up_to(12), default=3, help="how many, the latest first (default 3)")
    command.add_argument("--k", type=_up_to(1000), default=10, help="products per customer (default 10)")
    command.add_argument("--force", action="store_true", help="refit although nothing changed")
    what = "publish what the gate refuses: a human's decision"
    command.add_argument("--accept", action="store_true", help=what)
    what = "print the measures of the current runs"
    commands.add_parser("measures", help=what, description=what)
    what = "write pages with plots into the folder reports: one per judged campaign, or one on a business's models"
    command = commands.add_parser("report", help=what, description=what)
    command.add_argument("about", choices=["campaigns", "models"])
    command.add_argument("--business", help="only this one (default: all of the marts)")
    what = "print candidates for the seed domain_terms as csv, the best first; those accepted stay one word"
    command = commands.add_parser("dictionary", help=what, description=what)
    command.add_argument("action", choices=["propose"])
    command.add_argument("--business", help="only this one (default: all of the marts)")
    command.add_argument("--at-most", type=_up_to(1_000_000), default=500, help="candidates per business (default 500)")
    options = parser.parse_args(arguments)

    from ml.reading import NotReadyError

    try:
        with acting_as("learner"), connect(autocommit=True) as connection:
            _run(connection, options)
    except (NotReadyError, NotConfiguredError) as error:
        return _complain(error)
    except psycopg.OperationalError as error:
        return _complain(f"no answer from the database ({_first_line(error)}); see `python -m warehouse status`")
    except psycopg.Error as error:
        return _complain(f"the database refused: {_first_line(error)}; nothing was changed, run the command again")
    return 0


def _run(connection: psycopg.Connection, options: argparse.Namespace) -> None:
    from ml import measures, reading, recommend, rolling, texts, value
    from ml.next_product import foretell

    if options.command == "measures":
        print(measures.table(connection))
        return
    command = " ".join([options.command, options.about]) if options.command == "report" else options.command
    for business in reading.businesses(connection, options.business):
        if options.command == "terms":
            texts.terms(connection, business)
        elif options.command == "dictionary":
            texts.propose(connection, business, options.at_most)
        elif options.command == "evaluate":
            rolling.evaluate(connection, business, options.windows)
        elif options.command == "value":
            value.value(connection, business)
        elif command in LOADED_LATE:
            module, name = LOADED_LATE[command]
            getattr(import_module(module), name)(connection, business)
        else:
            recommend.recommend(connection, business, options.k, options.force, options.accept)
            foretell.foretell(connection, business)


def _up_to(most: int) -> Callable[[str], int]:
    def whole_number(word: str) -> int:
        value = int(word)
        if not 1 <= value <= most:
            raise argparse.ArgumentTypeError(f"must be 1 to {most}")
        return value

    return whole_number


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _complain(message) -> int:
    print(f"error: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
