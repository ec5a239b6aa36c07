"""A tiny site on loopback that each test fills, and a way to run the collector as a user does."""

import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import yaml

from warehouse.connection import PROJECT


class Site(ThreadingHTTPServer):
    """Serves `pages`: path with query → (status, headers, body), or a function of the request headers."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages, self.asked = {"/robots.txt": (200, {}, b"User-agent: *\nDisallow: /private/\n")}, []
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        page = self.server.pages.get(self.path, (404, {}, b"not here"))
        status, headers, body = page(self.headers) if callable(page) else page
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
