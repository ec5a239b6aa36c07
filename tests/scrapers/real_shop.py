"""A static copy of a real shop: unpacked, served on loopback, and what its pages say apart from their markup."""

import hashlib
import io
import re
import tarfile
import threading
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

from backports import zstd

from tests.real_data import SHARED

ARCHIVE = SHARED / "shop_site" / "purecane_site_html_xml.tar.zst"
ITSELF = b"https://purecane.com"


def unpacked(folder):
    """Unpack the copy below a folder."""
    options = {zstd.DecompressionParameter.window_log_max: 27}
    content = zstd.decompress(ARCHIVE.read_bytes(), options=options)
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def said_elsewhere(body):
    """Return {sku: (price, is available)} by what the page tells its analytics and its theme, apart from JSON-LD."""
    analytics = r'id: (\d{11,}),\s*price: (\d+),\s*name:\s*"[^"]*",\s*public_title:[^,]*,\s*sku:\s*"([^"]*)"'
    theme = r'\bid: (\d{11,}),\s*title: "[^"]*",\s*option1.*?available: (true|false)'
    available = dict(re.findall(theme, body, re.DOTALL))
    told = re.findall(analytics, body)
    return {sku: (Decimal(cents) / 100, available[variant] == "true") for variant, cents, sku in told}


class Shop(ThreadingHTTPServer):
    """Serves the unpacked copy as the shop's own host would, with ETags; counts what it gave away by status."""

    daemon_threads = True

    def __init__(self, folder):
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder, self.url, self.given = folder, f"http://127.0.0.1:{self.server_port}", []

    def body(self, path):
        """Return what stands at a path, its own absolute links leading here; None where nothing does."""
        found = self.folder / unquote(path).split("?")[0].strip("/")
        found = found / "index.html" if found.is_dir() else found
        if not found.is_file() or self.folder not in found.resolve().parents:
            return None
        return found.read_bytes().replace(ITSELF, self.url.encode())


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = self.server.body(self.path)
        tag = body and f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'
        status = 404 if body is None else 304 if self.headers.get("If-None-Match") == tag else 200
        self.server.given.append((status, self.path))
        self.send_response(status)
        kind = "application/xml" if ".xml" in self.path else "text/plain" if ".txt" in self.path else "text/html"
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        if tag:
            self.send_header("ETag", tag)
        content = body if status == 200 else b""
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments):
        pass


def serve(folder):
    """Serve until the generator is closed; yields the server."""
    server = Shop(folder)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
