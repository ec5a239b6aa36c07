"""A sources file (sources/*.yml): which business it is, and of each source its kind, place, format and mapping."""

import os
import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
import yaml

from warehouse.connection import PROJECT

DEFAULT = Path(__file__).parent / "sources" / "shop.yml"
PRESETS = Path(__file__).parent / "presets"
Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]*$")]
Contact = Annotated[str, msgspec.Meta(pattern=r"^(https?://|[^\s@()]+@)[!-'*-~]{3,200}$")]


class SourcesError(Exception):
    """A sources file cannot be read; the message says where it is wrong."""


class Source(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One source: `url` or `path`, and how to read it.

    A `url` with {from} and {until} is asked for a window of days, `start` being the first; the pages of a window
    follow one another by `Link: rel="next"` (RFC 8288). A `path` is a local file, read from where the last run ended.
    Only `allowed_hosts` and their subdomains are asked, at public addresses: `private_network` says that these hosts
    are the operator's own and may be private; a `url` that names this machine or a private address says so by itself.
    `nulls` are the words that stand for no value; `also` are further addresses where a crawl of a site begins.

    A `preset` is a file of scrapers/presets: its fields hold where the source has none, its mapping column by column.
    In a JSON body `records` is the path to the array of records, `next` that to the next page: its URL, or a cursor
    that the parameter `next_parameter` brings back. An `envelope` opens what a provider delivers. With `follow_newer`
    the first run goes down a timeline, the next ones go up from there by `Link: rel="prev"`.
    """

    name: str = ""
    business: str = ""
    kind: Literal[
        *("catalogue", "customers", "events", "orders", "email_events", "posts"),
        *("accounts", "transactions", "product_holdings", "regions"),
        *("ad_spend", "campaign_contacts"),
    ]
    url: str | None = None
    path: str | None = None
    preset: str | None = None
    format: Literal["jsonl", "json", "csv", "rss", "html", "combined"] | None = None
    envelope: Literal["body", "ga4", "ses", "sparkpost"] | None = None
    records: str | None = None
    next: str | None = None
    next_parameter: str = "cursor"
    follow_newer: bool = False
    gzip: bool = False
    encoding: str = "utf-8"
    delimiter: str = ","
    columns: list[str] | None = None
    nulls: list[str] = []
    timezone: str = "UTC"
    mapping: dict[str, Any] | None = None
    start: date | None = None
    also: list[str] = []
    allowed_hosts: list[str] | None = None
    private_network: bool = False
    contact: Contact | None = None
    delay_seconds: Annotated[float, msgspec.Meta(ge=0)] = 1.0
    concurrency: Annotated[int, msgspec.Meta(ge=1, le=64)] = 1
    timeout_seconds: Annotated[float, msgspec.Meta(gt=0)] = 30.0
    may_be_empty: bool = False

    @property
    def is_windowed(self) -> bool:
        """Say whether the URL takes a window of days."""
        return bool(self.url and "{from}" in self.url)


class _File(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    business: Name
    contact: str | None = None
    sources: dict[Name, dict]


def read(path: Path | str | None = None) -> dict[str, Source]:
    """Return the sources of a file by name; $HUAXIANG_SOURCES or the demo shop's where none is given.

    Raises:
        SourcesError: the file is missing or wrong; the message names the source and the field.
    """
    path = Path(path or os.environ.get("HUAXIANG_SOURCES") or DEFAULT)
    try:
        file = msgspec.convert(yaml.safe_load(_expanded(path)), _File)
    except OSError as error:
        raise SourcesError(f"cannot read the sources file {path}: {error.strerror}") from error
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise SourcesError(f"{path}: {error}") from error
    contact = file.contact or os.environ.get("HUAXIANG_CONTACT") or None
    of_all = {"business": file.business, "contact": contact}
    return {name: _source(path, name, of_all | entry) for name, entry in file.sources.items()}


def _source(path: Path, name: str, entry: dict) -> Source:
    try:
        source = msgspec.convert(_with_preset(entry) | {"name": name}, Source)
    except (msgspec.ValidationError, SourcesError) as error:
        raise SourcesError(f"{path}: {name}: {error}") from error
    if bool(source.url) == bool(source.path):
        raise SourcesError(f"{path}: {name}: say either `url` or `path`")
    if source.url and not source.url.startswith(("http://", "https://")):
        raise SourcesError(f"{path}: {name}: `url` must begin with http:// or https://; a local file is a `path`")
    if source.url:
        source.allowed_hosts = _hosts(path, name, source)
    if source.is_windowed and not source.start:
        raise SourcesError(f"{path}: {name}: a URL with {{from}} needs `start`, the first day to ask for")
    if source.path:
        source.path = str((PROJECT / source.path).resolve())
    if source.format is None:
        source.format = "html" if source.kind == "catalogue" else "rss" if source.kind == "posts" else "jsonl"
    if (source.records or source.next) and source.format != "json":
        raise SourcesError(f"{path}: {name}: `records` and `next` are paths in a body of `format: json`")
    return source


def _with_preset(entry: dict) -> dict:
    """Return an entry with what its preset says where the entry says nothing; a preset may have one of its own."""
    if "preset" not in entry:
        return entry
    known = sorted(path.stem for path in PRESETS.glob("*.yml"))
    if entry["preset"] not in known:
        raise SourcesError(f"there is no preset {entry['preset']!r}; there are {', '.join(known)}")
    preset = _with_preset(yaml.safe_load((PRESETS / f"{entry['preset']}.yml").read_text(encoding="utf-8")))
    return preset | entry | {"mapping": preset["mapping"] | (entry.get("mapping") or {})}


def _hosts(path: Path, name: str, source: Source) -> list[str]:
    """Return the hosts of a source in the form that names them on the wire, that of its URL first."""
    try:
        url = urlsplit(source.url)
        hosts = [host.lower().encode("idna").decode() for host in (url.hostname or "", *(source.allowed_hosts or ()))]
        if url.port == 0 or not all(hosts):
            raise ValueError
    except ValueError as error:
        raise SourcesError(f"{path}: {name}: `url` or `allowed_hosts` names no host that could be asked") from error
    return hosts


def _expanded(path: Path) -> str:
    """Fill ${NAME} and ${NAME:-default} from the environment."""

    def value(match: re.Match) -> str:
        name, default = match["name"], match["default"]
        found = os.environ.get(name) or default
        if found is None:
            raise SourcesError(f"{path}: the environment variable {name} is not set")
        return found

    return re.sub(r"\$\{(?P<name>\w+)(?::-(?P<default>[^}]*))?\}", value, path.read_text(encoding="utf-8"))
