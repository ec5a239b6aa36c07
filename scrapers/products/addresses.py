"""Addresses on a page: absolute, and compared as a shop means them."""

from urllib.parse import parse_qsl, unquote, urljoin, urlsplit


def absolute(address: str | None, base: str) -> str | None:
    """Return an http address taken from `base`, None where it is none."""
    try:
        joined = urljoin(base, address) if address else ""
        return joined if urlsplit(joined).scheme in ("http", "https") and urlsplit(joined).hostname else None
    except ValueError:
        return None


def path(address: str | None) -> str | None:
    """Return path, query and fragment of an absolute address: what tells a page apart within one shop."""
    if not address:
        return None
    parts = urlsplit(address)
    query, fragment = parts.query and f"?{parts.query}", parts.fragment and f"#{parts.fragment}"
    return (unquote(parts.path, errors="replace").rstrip("/") + query + fragment) or None


def is_same(one: str, other: str) -> bool:
    """Tell whether two absolute addresses are of one page: parameters that only one of them has change nothing."""
    first, second = urlsplit(one), urlsplit(other)
    if unquote(first.path).rstrip("/") != unquote(second.path).rstrip("/"):
        return False
    mine, its = set(parse_qsl(first.query)), set(parse_qsl(second.query))
    return mine <= its or its <= mine
