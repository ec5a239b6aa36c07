"""Huaxiang on one machine: `python -m stack demo` shows the whole chain once, `up` and `down` start and stop it."""

from __future__ import annotations

import argparse
import sys

COMMANDS = {
    "demo": "run the whole chain once, show what came out, and stop; after `up` it uses the running stack",
    "up": "start database, demo shop and Airflow, and leave them running; again: start what is missing",
    "down": "stop everything that `up` or a killed demo left running",
    "status": "say what runs and where",
    "doctor": "say what this machine lacks, and the remedy; needs nothing installed",
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m stack",
        description=__doc__,
        epilog="Everything listens on 127.0.0.1 only. State, logs and keys lie in $HUAXIANG_HOME (.huaxiang in the "
        "project). The stack has a database of its own: PG* variables are not read here.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, what in COMMANDS.items():
        command = commands.add_parser(name, help=what, description=what)
        if name in ("demo", "up"):
            command.add_argument("--sources", help="sources file (default: $HUAXIANG_SOURCES, else the demo shop's)")
    options = parser.parse_args(arguments)
    if options.command == "doctor":
        from stack import doctor

        return doctor.report()
    try:
        from stack import commands as work
    except ModuleNotFoundError as error:
        print(f"{error.name} is not installed: `make setup`; `python3 -m stack doctor` says more", file=sys.stderr)
        return 1
    return work.run(options)


if __name__ == "__main__":
    sys.exit(main())
