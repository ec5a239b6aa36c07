"""The demo shop: `python -m scrapers.demo serve` serves it, `truth` tells what was planted, `events` streams."""

import argparse
import itertools
import os
import sys
from datetime import date
from pathlib import Path
from typing import BinaryIO

from scrapers.demo import server, truth
from scrapers.demo.behaviour import block
from scrapers.demo.visits import blocks
from scrapers.demo.world import World

USUAL = World()


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--customers", type=_at_least(10), help=f"registered customers ({USUAL.customers})")
    shared.add_argument("--products", type=_at_least(50), default=USUAL.products, help="products (%(default)s)")
    shared.add_argument("--days", type=_at_least(1), default=USUAL.days, help="days of behaviour (%(default)s)")
    shared.add_argument("--start", type=_date, default=USUAL.start, help="first day (%(default)s)")
    shared.add_argument(
        "--seed", type=_at_least(0), default=USUAL.seed, help="another seed, another world (%(default)s)"
    )
    size = shared.add_mutually_exclusive_group()
    size.add_argument("--events", type=_at_least(1), help="behaviour events in total, about; exact for `events`")
    size.add_argument("--events-per-customer-day", type=float, default=USUAL.events_per_customer_day, metavar="RATE",
                      help="events (%(default)s)")  # fmt: skip
    top = argparse.ArgumentParser(prog="python -m scrapers.demo", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", parents=[shared], help="serve the shop on 127.0.0.1 until SIGTERM")
    serve.add_argument("--port", type=int, default=8770, help="0 takes any free port (%(default)s)")
    serve.add_argument("--ready-file", type=Path, help="write the shop's address here once it answers")
    told = commands.add_parser("truth", parents=[shared], help="write what was planted, for tests to compare with")
    told.add_argument("--out", type=Path, required=True, help="a folder, made where it is missing")
    stream = commands.add_parser("events", parents=[shared], help="write good event lines, as many as wanted")
    stream.add_argument("--out", default="-", help="a file, or - for standard output (%(default)s)")
    return top


def _at_least(least: int):
    """Return a reader of whole numbers from `least` on."""

    def number(text: str) -> int:
        if not text.isdigit() or int(text) < least:
            raise argparse.ArgumentTypeError(f"must be a whole number of at least {least}")
        return int(text)

    return number


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("must be a date such as 2026-03-01") from None


def world_of(arguments: argparse.Namespace) -> World:
    """Return the world that the arguments describe; a stream of more events takes more customers."""
    rate, customers = arguments.events_per_customer_day, arguments.customers or USUAL.customers
    if arguments.events:
        if arguments.command == "events" and not arguments.customers:
            customers = max(customers, int(arguments.events / (rate * arguments.days)))
        rate = arguments.events / (customers * arguments.days)
    return World(arguments.seed, customers, arguments.products, arguments.days, arguments.start, rate)


def stream(world: World, out: BinaryIO, count: int | None) -> None:
    """Write `count` good event lines, for as many days as that takes, or else all of the world's days."""
    left, days = count or sys.maxsize, itertools.count() if count else range(world.days)
    for day in days:
        for number in range(blocks(world, day)):
            lines = block.__wrapped__(world, day, number).events[:left]
            out.writelines(line + b"\n" for line in lines)
            left -= len(lines)
            if not left:
                return


def main() -> int:
    """Run one command."""
    arguments = parser().parse_args()
    world = world_of(arguments)
    try:
        if arguments.command == "serve":
            server.serve(world, arguments.port, arguments.ready_file)
        elif arguments.command == "truth":
            for name, counts in truth.write(world, arguments.out).items():
                print(name, counts if isinstance(counts, int) else {k: v for k, v in counts.items() if k != "days"})
        elif arguments.out == "-":
            stream(world, sys.stdout.buffer, arguments.events)
        else:
            with open(arguments.out, "wb") as out:
                stream(world, out, arguments.events)
    except BrokenPipeError:  # the reader has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        what = f"cannot {arguments.command}: {error.strerror}"
        print(f"{what}. Another --port (0 takes any free one) or another --out may help.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
