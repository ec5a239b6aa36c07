"""A tiny site on loopback that each test fills, and a way to run the collector as a user does."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import yaml

from warehouse.connection import PROJECT


class Site(ThreadingHTTPServer):
    """Serves `pages`: path with query → (status, headers, body), or a function that returns those.

    `headers` are those of the last request for a path.
    What a function yields instead is sent as it is, status line and all, until the other side has had enough.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages, self.asked = {"/robots.txt": (200, {}, b"User-agent: *\nDisallow: /private/\n")}, []
        self.url, self.visits, self.headers = f"http://127.0.0.1:{self.server_port}", [], {}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        self.server.visits.append((self.path, time.monotonic(), self.headers["User-Agent"]))
        self.server.headers[self.path] = self.headers
        page = self.server.pages.get(self.path, (404, {}, b"not here"))
        page = page() if callable(page) else page
        if isinstance(page, Iterator):
            with contextlib.suppress(ConnectionError):
                self.wfile.writelines(page)
            return
        status, headers, body = page
        self.send_response(status)
        for name, value in {"Content-Type": "text/html; charset=utf-8", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def site():
    server = Site()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def collect(warehouse, tmp_path):
    """Run `python -m scrapers` on one source given as a dict; returns the finished process."""

    def run(entry, *arguments, name="toy_source"):
        file = tmp_path / "sources.yml"
        file.write_text(yaml.safe_dump({"business": "toy", "sources": {name: {"delay_seconds": 0} | entry}}))
        command = [sys.executable, "-m", "scrapers", name, "--sources", str(file), *arguments]
        return subprocess.run(command, cwd=PROJECT, env=os.environ, capture_output=True, text=True, timeout=120)

    return run


@pytest.fixture
def collect_bounded(collect, tmp_path, monkeypatch):
    """Run the collector in a bounded address space; returns it, and the peak of its greatest process in MiB."""
    peak = tmp_path / "peak"
    monkeypatch.setenv("PYTHONPATH", str(PROJECT / "tests" / "scrapers" / "bounded"))
    monkeypatch.setenv("BOUNDED_MEBIBYTES", "2048")
    monkeypatch.setenv("BOUNDED_PEAK", str(peak))

    def run(entry):
        peak.unlink(missing_ok=True)
        done = collect(entry)
        assert peak.exists(), done.stderr
        return done, max(map(int, peak.read_text().split())) / 1024

    return run


@pytest.fixture
def replay(tmp_path):
    """Run `python -m warehouse replay` with one source's entry."""

    def run(entry, *arguments):
        file = tmp_path / "mended.yml"
        file.write_text(yaml.safe_dump({"business": "toy", "sources": {"toy_source": entry}}))
        command = [sys.executable, "-m", "warehouse", "replay", "--sources", str(file), *arguments]
        return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)

    return run


class Canary:
    """Listens on one port of this machine's addresses and counts who connects."""

    def __init__(self):
        first = socket.create_server(("127.0.0.1", 0))
        self.port = first.getsockname()[1]
        others = [socket.create_server((host, self.port)) for host in ("127.0.0.2", "127.255.255.254")]
        self.servers = [first, *others, socket.create_server(("::1", self.port), family=socket.AF_INET6)]

    def connections(self):
        count = 0
        for server in self.servers:
            server.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                while server.accept()[0].close() is None:
                    count += 1
        return count


@pytest.fixture
def canary():
    found = Canary()
    yield found
    for server in found.servers:
        server.close()


PUBLIC = "93.184.216.34"


@pytest.fixture
def internet(site, canary, tmp_path, monkeypatch):
    """A foreign shop: http://shop.test on the canary's port, its public address leading to `site`.

    Call it with the answers of the name server; returns every address that was connected to so far.
    """
    log = tmp_path / "connected"
    log.touch()

    def arrange(**names):
        routes = {f"{PUBLIC}:{canary.port}": site.server_port}
        answers = {"shop.test": [[PUBLIC]]} | {name.replace("_", "."): found for name, found in names.items()}
        monkeypatch.setenv("TOY_INTERNET", json.dumps({"names": answers, "routes": routes, "log": str(log)}))
        monkeypatch.setenv("PYTHONPATH", str(PROJECT / "tests" / "scrapers" / "internet"))
        monkeypatch.setenv("HUAXIANG_CONTACT", "crawler@shop.test")
        site.url = f"http://shop.test:{canary.port}"
        return lambda: log.read_text().split()

    return arrange
