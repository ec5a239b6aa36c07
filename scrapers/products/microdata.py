"""Microdata (https://html.spec.whatwg.org/multipage/microdata.html), read in one walk into the shape of JSON-LD.

extruct reads it too, but copies the page below every property: a nested megabyte takes it minutes.
"""

from lxml import etree

from scrapers.products.words import BLOCKS, segment

LONGEST = 1024 * 1024
MOST_READ = 32 * LONGEST
MOST_REFERRED = 100_000
HIDDEN = {"noscript", "script", "style", "template"}
SOURCES = {"audio", "embed", "iframe", "img", "source", "track", "video"}
ADDRESSES = {"availability", "image", "item", "itemCondition", "mainEntityOfPage", "url"}


def read(document) -> list[dict]:
    """Return the top-level things that a document (parsed without its comments) states in microdata."""
    scopes: dict = {}
    owned, stack = set(), []
    words = Words()
    for event, element in etree.iterwalk(document, events=("start", "end")):
        if event == "end":
            if stack and stack[-1] is element:
                stack.pop()
            continue
        is_scope = element.get("itemscope") is not None
        if is_scope:
            scopes[element] = _thing(element)
        if stack and element.get("itemprop"):
            owned.add(element)
            _state(scopes[stack[-1]], element, scopes, words)
        if is_scope:
            stack.append(element)
    _refer(document, scopes, owned, words)
    return [thing for element, thing in scopes.items() if element not in owned]


class Words:
    """Reads the texts of elements, with a bound on what it reads of one page: elements may be nested in each other."""

    def __init__(self):
        self.left = MOST_READ

    def of(self, element) -> str:
        """Return the text of an element with spaces where a reader sees breaks, a megabyte of it at most."""
        parts, length = [], 0
        walk = etree.iterwalk(element, events=("start", "end"))
        for event, one in walk:
            if event == "start":
                piece = "" if one.tag in HIDDEN else one.text or ""
                if one.tag in HIDDEN:
                    walk.skip_subtree()
            else:
                piece = "" if one is element else one.tail or ""
            if one.tag in BLOCKS:
                piece = f" {piece}"
            parts.append(piece)
            length += len(piece) + 1
            if length > min(LONGEST, self.left):
                break
        self.left -= length
        return "".join(parts)


def _thing(element) -> dict:
    thing = {"@type": [segment(one) for one in element.get("itemtype", "").split()]}
    return thing | ({"@id": element.get("itemid")} if element.get("itemid") else {})


def _state(thing: dict, element, scopes: dict, words: Words) -> None:
    """Add what an element states to the thing that owns it."""
    for name in element.get("itemprop").split():
        value = scopes[element] if element in scopes else _value(element, segment(name), words)
        thing.setdefault(segment(name), []).append(value)


def _value(element, name: str, words: Words) -> str:
    tag = element.tag
    if element.get("content") is not None:
        return element.get("content")
    if tag in SOURCES:
        return element.get("src") or element.get("data-src") or ""
    # A link that names a brand or a category means its text, whatever the standard says.
    if tag == "link" or (tag in ("a", "area") and name in ADDRESSES):
        return element.get("href") or ""
    if tag in ("data", "meter"):
        return element.get("value") or ""
    if tag == "time" and element.get("datetime"):
        return element.get("datetime")
    return words.of(element)


def _refer(document, scopes: dict, owned: set, words: Words) -> None:
    """Add to each thing what it refers to with itemref, within a bound on the whole page."""
    referring = [element for element in scopes if element.get("itemref")]
    if not referring:
        return
    places = {element.get("id"): element for element in reversed(list(document.iter())) if element.get("id")}
    left = MOST_REFERRED
    for element in referring:
        for name in dict.fromkeys(element.get("itemref").split()):
            stack = [places[name]] if name in places else []
            while stack and (left := left - 1) > 0:
                one = stack.pop()
                if one is element:
                    continue
                if one.get("itemprop"):
                    owned.add(one)
                    _state(scopes[element], one, scopes, words)
                if one not in scopes:
                    stack += reversed(one)
