"""What a reader sees of a document: its texts in their order, and which elements stand around them.

Left out is what is not shown (scripts, hidden elements), what leads away (navigation, footers, lists to choose from)
and every option that is not the chosen one, as its own attributes or ARIA's (https://www.w3.org/TR/wai-aria/) say.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import islice

from lxml import etree

UNSEEN = {"datalist", "footer", "head", "nav", "noscript", "script", "select", "style", "svg", "template", "textarea"}
UNSEEN_ROLES = {"contentinfo", "dialog", "navigation", "search"}
UNSEEN_STYLE = re.compile(r"(display\s*:\s*none|visibility\s*:\s*hidden)", re.I)
CHOICES = {"menuitemradio", "option", "radio", "tab"}
DEEPEST = 512
MOST_CALLED = 100


class Element:
    """An element with its place: all that stands in it lies between `begin` and `end`."""

    __slots__ = ("begin", "end", "html", "parent")

    def __init__(self, html, parent, begin: int):
        self.html, self.parent, self.begin, self.end = html, parent, begin, begin

    def get(self, name: str) -> str:
        """Return an attribute, an empty text where there is none."""
        return self.html.get(name) or ""

    def around(self) -> Iterator["Element"]:
        """Yield the element and those around it, the nearest first."""
        one, left = self, DEEPEST
        while one is not None and left:
            yield one
            one, left = one.parent, left - 1

    def holds(self, other: "Element") -> bool:
        """Tell whether another element is this one or stands in it."""
        return self.begin <= other.begin <= self.end


class Text:
    """A piece of text in its place; `element` is the innermost around it."""

    __slots__ = ("at", "element", "value")

    def __init__(self, value: str, element: Element, at: int):
        self.value, self.element, self.at = value, element, at


class Sight:
    """The elements and texts of a document that a reader sees."""

    def __init__(self, document):
        self.elements: dict = {}
        self.texts: list[Text] = []
        self._walk(document)
        self.places = [text.at for text in self.texts]
        self.unchosen = self._unchosen()

    def within(self, element: Element) -> Iterator[Text]:
        """Yield the texts in an element."""
        begin, end = bisect_left(self.places, element.begin), bisect_left(self.places, element.end)
        return (self.texts[number] for number in range(begin, end))

    def text(self, element: Element, longest: int = 1000) -> str | None:
        """Return the text of an element, None where it is longer than a reader takes in at a glance."""
        pieces, left = [], longest
        for text in self.within(element):
            pieces.append(text.value)
            left -= len(text.value) + 1
            if left < 0:
                return None
        return " ".join(pieces)

    def called(self, *tags: str) -> list[Element]:
        """Return the first elements with one of some tags."""
        return list(islice((element for html, element in self.elements.items() if html.tag in tags), MOST_CALLED))

    def is_open(self, element: Element) -> bool:
        """Tell whether an element is part of no option that is not chosen."""
        return not any(one in self.unchosen for one in element.around())

    def _walk(self, document) -> None:
        place, stack = 0, []
        walk = etree.iterwalk(document, events=("start", "end"))
        for event, html in walk:
            place += 1
            if event == "start":
                element = Element(html, stack[-1] if stack else None, place)
                stack.append(element)
                if _is_unseen(html):
                    walk.skip_subtree()
                    continue
                self.elements[html] = element
                self._add(html.text, element, place)
            else:
                stack.pop().end = place
                if stack:
                    self._add(html.tail, stack[-1], place)

    def _add(self, value: str | None, element: Element, place: int) -> None:
        if value and (value := " ".join(value.split())):
            self.texts.append(Text(value, element, place))

    def _unchosen(self) -> set[Element]:
        """Return the elements around options that are not chosen, each with all that is said of the option."""
        kinds: dict[str, list[Element]] = {}
        for element in self.elements.values():
            if kind := _choice(element):
                kinds.setdefault(kind, []).append(element)
        named = {element.get("id"): element for element in self.elements.values() if element.get("id")}
        headings = [element.begin for html, element in self.elements.items() if html.tag == "h1"]
        found = set()
        for options in kinds.values():
            places = [option.begin for option in options]
            for option in options:
                if not _is_chosen(option):
                    named_by_it = {named[name] for name in option.get("aria-controls").split() if name in named}
                    found |= {_whole(option, places, headings)} | named_by_it
        return found


def _is_unseen(html) -> bool:
    return (
        html.tag in UNSEEN
        or html.get("role") in UNSEEN_ROLES
        or html.get("hidden") is not None
        or (html.tag == "input" and html.get("type") == "hidden")
        or bool(UNSEEN_STYLE.search(html.get("style") or ""))
    )


def _choice(element: Element) -> str | None:
    """Return the group of an element that is one of several to choose from."""
    if element.html.tag == "input":
        kind = element.get("type").lower()
        return f"{kind} {element.get('name')}" if kind in ("checkbox", "radio") else None
    return element.get("role") if element.get("role") in CHOICES else None


def _whole(option: Element, options: list[int], headings: list[int]) -> Element:
    """Return the greatest element around an option that holds no other one, nor what the page is about."""
    if len(options) == 1:
        return next((one for one in option.around() if one.html.tag == "label"), option)
    whole = option
    for one in option.around():
        if _count(options, one) > 1 or _count(headings, one):
            break
        whole = one
    return whole


def _count(places: list[int], element: Element) -> int:
    return bisect_left(places, element.end) - bisect_left(places, element.begin)


def _is_chosen(option: Element) -> bool:
    if option.html.tag == "input":
        return option.html.get("checked") is not None
    return "false" not in (option.get("aria-checked"), option.get("aria-selected"))
