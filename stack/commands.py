"""What each command of `python -m stack` does, and what it says where that fails."""

import argparse
import os
import signal
import sys

import httpx

from stack import demo, lifecycle, processes, settings
from warehouse.connection import home
from warehouse.embedded import EmbeddedServerError, is_running


def run(options: argparse.Namespace) -> int:
    """Run one command; a failure is a line on stderr, an interruption stops what the command started."""
    for ending in (signal.SIGINT, signal.SIGTERM):  # a shell's background job is born deaf to SIGINT
        signal.signal(ending, signal.default_int_handler)
    for name in [name for name in os.environ if name.startswith("PG")]:
        del os.environ[name]
    try:
        return globals()[f"_{options.command}"](options)
    except KeyboardInterrupt:
        print("\ninterrupted; `python -m stack status` says what runs", file=sys.stderr)
        return 130
    except httpx.HTTPError as error:
        print(f"{options.command}: Airflow did not do as asked: {error}. Its log: {home() / 'logs'}", file=sys.stderr)
        return 1
    except (lifecycle.StackError, processes.ProcessEndedError, EmbeddedServerError) as error:
        print(f"{options.command}: {error}", file=sys.stderr)
        return 1


def _demo(options: argparse.Namespace) -> int:
    with lifecycle.only_one():
        return demo.run(settings.sources_file(options.sources))


def _up(options: argparse.Namespace) -> int:
    with lifecycle.only_one():
        lifecycle.start("up", settings.sources_file(options.sources), print)
    return _status(options)


def _down(options: argparse.Namespace) -> int:
    with lifecycle.only_one():
        stopped = lifecycle.stop()
    print(f"stopped {stopped} processes" if stopped else "nothing was running")
    return 0


def _status(options: argparse.Namespace) -> int:
    ports, alive = settings.known_ports(), lifecycle.running()
    servers = {"api-server": "airflow", "shop": "shop", "api": "api"}
    where = {name: f"http://127.0.0.1:{ports.get(server)}" for name, server in servers.items()}
    print(f"{'postgresql':<14} {'runs     `python -m warehouse psql`' if is_running() else 'stopped'}")
    for name in [*lifecycle.COMPONENTS, "shop", "api"]:
        print(f"{name:<14} {'runs     ' + where.get(name, '') if name in alive else 'stopped'}")
    print(f"{'logs':<14} {home() / 'logs'}")
    return 0
