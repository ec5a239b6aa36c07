"""Serve a world over HTTP on this machine alone; the server never serves a truth."""

import signal
import threading
from http.server import ThreadingHTTPServer
from pathlib import Path

from scrapers.demo.handler import Handler
from scrapers.demo.world import World


class Shop(ThreadingHTTPServer):
    """The server of one world."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, world: World, port: int):
        super().__init__(("127.0.0.1", port), Handler)
        self.world = world
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


def serve(world: World, port: int, ready_file: Path | None) -> None:
    """Serve until SIGTERM or Ctrl-C; write the address to a file once it answers."""
    with Shop(world, port) as shop:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: threading.Thread(target=shop.shutdown).start())
        print(shop.url, flush=True)
        if ready_file:
            partial = ready_file.with_name(ready_file.name + ".partial")
            partial.write_text(shop.url)
            partial.replace(ready_file)
        shop.serve_forever(poll_interval=0.1)
