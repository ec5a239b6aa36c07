"""What sequences foretell: called by `make deep` before `python -m ml recommend`, which measures it with the others."""

import argparse
import sys

import psycopg

from warehouse.connection import NotConfiguredError, acting_as, connect


def main(arguments: list[str] | None = None) -> int:
    """Foretell for one business or all; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m ml.deep", description=__doc__)
    parser.add_argument("--business", help="only this one (default: all of the marts)")
    what = "of the past that `python -m ml evaluate` will measure too, the latest first (default 3)"
    parser.add_argument("--windows", type=int, choices=range(1, 13), default=3, metavar="1..12", help=what)
    parser.add_argument("--force", action="store_true", help="learn anew although nothing changed")
    options = parser.parse_args(arguments)

    from ml import reading
    from ml.deep import command

    try:
        with acting_as("learner"), connect(autocommit=True) as connection:
            for business in reading.businesses(connection, options.business):
                command.foretell(connection, business, options.windows, options.force)
    except (reading.NotReadyError, NotConfiguredError) as error:
        return _complain(error)
    except psycopg.Error as error:
        line = (str(error).strip() or type(error).__name__).splitlines()[0]
        return _complain(f"the database refused: {line}; nothing was changed, run the command again")
    return 0


def _complain(message) -> int:
    print(f"error: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
