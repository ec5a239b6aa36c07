"""The chain stage by stage, on a server of the test's own that may be killed under it."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
from psycopg import sql

from stack.settings import NO_TELEMETRY
from tests.chain import SOURCES, commands
from warehouse.connection import PROJECT, environment, home

# The gates write nothing.
CHAIN = [words if words[0] == "dbt" else words[1:] for words in commands() if "expectations" not in words]
LEARNING, PUBLISHING = (CHAIN.index(words) for words in (["-m", "ml", "terms"], ["-m", "warehouse", "publish"]))
STAGES = {
    "collect": [["-m", "scrapers", source] for source in SOURCES],
    "transform": CHAIN[:LEARNING],
    "train": CHAIN[LEARNING:PUBLISHING],
    "publish": CHAIN[PUBLISHING:],
}


class Machine:
    """The embedded server of $HUAXIANG_HOME, and the project's commands on it."""

    def __init__(self, shop_url: str):
        self.shop_url, self.seconds, self._watching = shop_url, {}, None
        self.finish(["-m", "warehouse", "start"])
        self.finish(["-m", "warehouse", "migrate"])

    def begin(self, command):
        """Start a command as the scheduler does."""
        target = {"DBT_TARGET_PATH": str(home() / "dbt"), "DBT_LOG_PATH": str(home() / "dbt")}
        known = environment() if (home() / "postgres.env").exists() else {}
        program = sys.executable if command[0] == "-m" else str(Path(sys.executable).parent / command[0])
        words = [program, *command] if command[0] == "-m" else [program, *command[1:]]
        settings = os.environ | NO_TELEMETRY | known | target | {"SHOP_URL": self.shop_url}
        said = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        return subprocess.Popen(words, cwd=PROJECT, env=settings, **said)

    def finish(self, command):
        """Run a command to its good end; return what it printed."""
        process = self.begin(command)
        output, _ = process.communicate()
        assert process.returncode == 0, f"{command}: {output}"
        return output

    def measure(self, command):
        """Run a command to its good end, and remember for how long it works on the database."""
        process, known = self.begin(command), self.clients()
        self._wait_until_it_works(process, known)
        began = time.monotonic()
        output, _ = process.communicate()
        assert process.returncode == 0, f"{command}: {output}"
        self.seconds[str(command)] = time.monotonic() - began

    def disturb(self, command, chance: random.Random, kill):
        """Start a command, call `kill` at a random moment; return how it ended, and whether it had begun its work."""
        known, process = self.clients(), self.begin(command)
        has_begun = chance.random() < 0.9  # the others anywhere from the start on
        if has_begun:
            self._wait_until_it_works(process, known)
        time.sleep(chance.random() * self.seconds[str(command)])
        has_begun = (has_begun or bool(self.clients() - known)) and process.poll() is None
        kill(process)
        process.communicate()
        return process.returncode, has_begun

    def _wait_until_it_works(self, process, known):
        while not self.clients() - known and process.poll() is None:
            time.sleep(0.005)

    def clients(self):
        """The sessions of the warehouse's clients."""
        query = "select pid from pg_stat_activity where datname = %s and backend_type = 'client backend'"
        if self._watching is None:
            self._watching = self.connect("postgres")
        rows = self._watching.execute(query, [environment()["PGDATABASE"]]).fetchall()
        return {pid for (pid,) in rows}

    def connect(self, database=None):
        known = {name[2:].lower(): value for name, value in environment().items()}
        known["dbname"] = database or known["database"]
        del known["database"]
        return psycopg.connect(**known, autocommit=True)

    def keep(self, name):
        """Keep the warehouse as it is now under a name."""
        self._copy(environment()["PGDATABASE"], name)

    def restore(self, name):
        """Make the warehouse what was kept, with nothing exported."""
        shutil.rmtree(home() / "exports", ignore_errors=True)
        self._copy(name, environment()["PGDATABASE"])

    def _copy(self, source, target):
        with self.connect("postgres") as connection:
            names = {"source": sql.Identifier(source), "target": sql.Identifier(target)}
            connection.execute(sql.SQL("drop database if exists {target} with (force)").format(**names))
            connection.execute(sql.SQL("create database {target} template {source}").format(**names))
            # PostgreSQL copies a template's content, not the rights on the database itself (warehouse/roles.sql).
            grant = sql.SQL("grant create on database {target} to transformer, publisher")
            connection.execute(grant.format(**names))

    def content(self):
        """Rows and checksum of every table, and the exported files."""
        files = {path.name: path.read_bytes() for path in (home() / "exports").rglob("*") if path.is_file()}
        return self.finish(["-m", "warehouse", "checksum"]), files

    def kill_postmaster(self, process):
        """SIGKILL for the server's first process: its backends are orphans, its shared memory stays."""
        pid = int((home() / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        self._watching.close()
        self._watching = None
