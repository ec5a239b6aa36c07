"""JSON-LD: every script by itself, strictly first and then repaired; references within the page are followed."""

import html
import json
import re
from decimal import Decimal
from typing import NamedTuple

from scrapers.products.words import segment

LONGEST = 1024 * 1024
DEEPEST = 64
WRAPPING = re.compile(r"<!\[CDATA\[|\]\]>|^\s*<!--|-->\s*$")
# Strings are matched so that what looks like a comment or a comma inside of one is left alone; an open one ends the
# text, or every quote in it would be tried as a beginning.
STRING = r'("(?:\\.|[^"\\]+)*+\\?(?:"|\Z))'
COMMENT = re.compile(STRING + r"|//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
COMMA = re.compile(STRING + r"|,(?=\s*[}\]])", re.DOTALL)
BETWEEN = re.compile(r"[\s;,]*")
VOCABULARY = re.compile(r"^(?:https?://(?:www\.)?schema\.org/|schema:)", re.I)


class Scripts(NamedTuple):
    """The things that a page's scripts state, and the scripts that nobody can read."""

    things: list[dict]
    unread: list[str]


def read(scripts: list[str]) -> Scripts:
    """Return the things of all JSON-LD scripts of a page; a broken script takes nothing from its siblings."""
    things, unread, nodes = [], [], []
    for script in scripts:
        try:
            own = []
            found = [_plain(value, own) for value in _values(script)]
        except (ValueError, RecursionError):
            unread.append(script)
            continue
        nodes += own
        things += [one for value in found for one in (value if isinstance(value, list) else [value])]
    known = _follow(nodes)
    return Scripts([_meant(thing, known) for thing in things if isinstance(thing, dict)], unread)


def _values(script: str) -> list:
    """Return the JSON values of one script.

    Raises:
        ValueError: it is too long, or no repair makes JSON of it.
    """
    if len(script) > LONGEST:
        raise ValueError("too long")
    if not script.strip():
        return []
    bare = WRAPPING.sub("", script.replace("\ufeff", ""))
    for attempt in (lambda: script, lambda: _tidy(bare), lambda: _tidy(html.unescape(bare))):
        try:
            return _decoded(attempt())
        except ValueError:
            continue
    raise ValueError("not JSON")


def _tidy(script: str) -> str:
    """Return a script without comments and trailing commas."""
    script = COMMENT.sub(lambda found: found[1] or " ", script)
    return COMMA.sub(lambda found: found[1] or "", script)


def _decoded(script: str) -> list:
    """Return the JSON values that stand one after another in a text; what follows them may be no JSON."""
    decoder = json.JSONDecoder(strict=False, parse_float=Decimal, parse_constant=str)
    values, at = [], 0
    while (begin := BETWEEN.match(script, at).end()) < len(script):
        if values and script[begin] not in "{[":
            break
        value, at = decoder.raw_decode(script, begin)
        values.append(value)
    return values


def _plain(value, nodes: list[dict], depth: int = 0):
    """Return a value whose keys and types are schema.org's bare words; every object of it is added to `nodes`.

    Raises:
        ValueError: it is nested too deeply.
    """
    if depth > DEEPEST:
        raise ValueError("too deep")
    if isinstance(value, list):
        return [_plain(one, nodes, depth + 1) for one in value]
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("@list", value.get("@set")), list):
        return _plain(value.get("@list", value.get("@set")), nodes, depth + 1)
    node = {VOCABULARY.sub("", key): _plain(one, nodes, depth + 1) for key, one in value.items() if key != "@context"}
    types = node.get("@type", node.pop("type", None) if isinstance(node.get("type"), str) else None)
    node["@type"] = [segment(one) for one in (types if isinstance(types, list) else [types]) if isinstance(one, str)]
    nodes.append(node)
    return node


def _follow(nodes: list[dict]) -> dict[str, dict]:
    """Put the thing itself in the place of every reference to it, parts of one thing made one; return them by name."""
    known: dict[str, dict] = {}
    for node in nodes:
        name = node.get("@id")
        if isinstance(name, str) and node.keys() - {"@id", "@type"}:
            whole = known.setdefault(name, node)
            if _meant(node, known) is whole:
                for key, value in node.items():
                    whole.setdefault(key, value)
    for node in nodes:
        for key, value in node.items():
            if isinstance(value, list):
                node[key] = [_meant(one, known) for one in value]
            else:
                node[key] = _meant(value, known)
    return known


def _meant(value, known: dict[str, dict]):
    """Return the thing that a reference or a part means; many pages give one name to things of different types."""
    whole = known.get(value["@id"]) if isinstance(value, dict) and isinstance(value.get("@id"), str) else None
    if whole is None:
        return value
    is_reference = not value.keys() - {"@id", "@type"}
    return whole if is_reference or set(value["@type"]) & set(whole["@type"]) else value
