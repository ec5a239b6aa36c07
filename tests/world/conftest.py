"""A small demo shop behind a real server on a free loopback port."""

import gzip
import http.client
import json
import re
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from scrapers.demo import truth
from scrapers.demo.server import Shop
from scrapers.demo.world import World

PROJECT = Path(__file__).parents[2]
SMALL = World(seed=11, customers=120, products=80, days=30)


class Visitor:
    """Asks a shop over HTTP; `pages` follows the Link header."""

    def __init__(self, shop):
        self.world, self.url = shop.world, shop.url

    def get(self, path, **headers):
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        body = response.read()
        connection.close()
        if response.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        return response.status, response.headers, body

    def records(self, path, **window):
        return [record for body in self.pages(path, **window) for record in split(path, body)]

    def pages(self, path, first=0, until=None, size=5000):
        until = self.world.days if until is None else until
        following = f"{path}?from={self.world.date(first)}&until={self.world.date(until)}&page_size={size}"
        while following:
            status, headers, body = self.get(following)
            assert status == 200
            yield body
            link = re.fullmatch(r'<(.+)>; rel="next"', headers.get("Link", "")) if "Link" in headers else None
            following = link and link[1].removeprefix(self.url)


def split(path, body):
    """The records of a page, the way a reader of that format finds them."""
    if path.endswith(".csv"):
        return body.split(b"\n")[1:-1]
    if path.endswith(".jsonl"):
        return body.split(b"\n")[:-1]
    if path.endswith(".rss"):
        return re.findall(rb"<item>.*?</item>", body)
    assert isinstance(json.loads(body), list)
    return [line for line in body[1:-2].split(b",\n") if line]


@pytest.fixture(scope="session")
def shop():
    with Shop(SMALL, 0) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield Visitor(server)
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def truths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("truth")
    truth.write(SMALL, folder)
    found = {path.stem: json.loads(path.read_text()) for path in folder.glob("*.json")}
    for path in folder.glob("*.jsonl"):
        found[path.stem] = [json.loads(line) for line in path.read_text().splitlines()]
    return found


@pytest.fixture
def demo():
    """Runs `python -m scrapers.demo ...` and returns what it printed."""

    def run(*arguments):
        command = [sys.executable, "-m", "scrapers.demo", *map(str, arguments)]
        return subprocess.run(command, cwd=PROJECT, capture_output=True, timeout=120)

    return run
