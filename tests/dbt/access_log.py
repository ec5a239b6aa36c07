"""A web server's combined log as rows of raw.events, one page each."""

import gzip
import hashlib
import hmac
import json
import re
from datetime import datetime

LINE = re.compile(
    r'(?P<host>\S+) \S+ \S+ \[(?P<time>[^]]+)\] "(?P<method>\S+) (?P<url>\S+)[^"]*" (?P<status>\d+) \S+'
    r'(?: "(?P<referrer>[^"]*)" "(?P<agent>.*)")?'
)
COLUMNS = (
    *("business", "source", "batch_id", "position", "fingerprint", "loaded_at", "message_id", "type"),
    *("anonymous_id", "occurred_at", "context", "properties"),
)


def rows(path, key=b"of this test alone"):
    """Yield the values of COLUMNS for each line of a log; who asked is a keyed hash of the address."""
    with gzip.open(path, "rt", encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines):
            parts = LINE.match(line)
            if not parts:
                continue
            who = hmac.new(key, parts["host"].encode(), hashlib.sha256).hexdigest()[:32]
            url = parts["url"]
            context = {"userAgent": parts["agent"], "page": {"path": url.split("?")[0], "url": url}}
            context["page"]["referrer"] = parts["referrer"]
            at = datetime.strptime(parts["time"], "%d/%b/%Y:%H:%M:%S %z")
            properties = {"status": int(parts["status"]), "method": parts["method"]}
            yield ("site", "site_log", 1, number, number.to_bytes(4, "big"), at, f"line-{number}", "page",
                   who, at, json.dumps(context), json.dumps(properties))  # fmt: skip
