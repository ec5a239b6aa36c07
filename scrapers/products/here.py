"""What a page says of itself: its addresses, its titles, its language."""

import re
from itertools import islice
from typing import NamedTuple

from scrapers.products import merging, opengraph
from scrapers.products.addresses import absolute, is_same, path
from scrapers.products.walk import dicts
from scrapers.products.words import clean, link

TRACKING = re.compile(r"^(utm_|gclid|fbclid|msclkid|mc_)")
MOST_TITLES = 20
AFTER_A_NAME = re.compile(r"\s*[|–—:·,(]|\s+-\s")


class Here(NamedTuple):
    """What a page says of itself: addresses to take links from and to name it by, its titles and its language."""

    base: str
    url: str
    addresses: list[str]
    titles: list[str]
    language: str
    properties: dict[str, str]

    def is_named(self, name: str | None) -> bool:
        """Tell whether the page's titles are a name, alone or with the shop's name behind it."""
        wanted = merging.folded(name)
        if not name or not wanted:
            return False
        starts = (title[len(name) :] for title in self.titles if title.casefold().startswith(name.casefold()))
        return any(AFTER_A_NAME.match(rest) for rest in starts) or wanted in map(merging.folded, self.titles)

    def is_elsewhere(self, product: dict) -> bool:
        """Tell whether a product, or where it does not say so all of its offers, name another page as its own."""
        stated = [product] if product.get("url") else dicts(product.get("offers"))
        here = [self.is_here(link(one.get("url"))) for one in stated]
        return bool(here) and not any(here)

    def is_here(self, stated: str | None) -> bool:
        """Tell whether an address is this page's own; what is no address of a page leads nowhere else."""
        address = absolute(stated, self.base)
        return address is None or any(is_same(address, own) for own in self.addresses)


def here_of(document, url: str) -> Here:
    """Return what a document, found at a URL, says of itself."""
    base = absolute(next((one.get("href") for one in document.iter("base")), None), url) or url
    properties = opengraph.read(document)
    links = [one.get("href") for one in document.iter("link") if "canonical" in (one.get("rel") or "").lower().split()]
    named = [absolute(one, base) for one in (*links[:1], properties.get("og:url"))]
    # Some sites name their home page as the canonical address of every page.
    named = [one for one in named if one and (path(one) or not path(url))]
    titles = [clean("".join(one.itertext())) for one in islice(document.iter("h1", "title"), MOST_TITLES)]
    titles.append(clean(properties.get("og:title", "")))
    language = document.get("lang") or properties.get("og:locale") or ""
    own = next(iter(named), None) or _without_tracking(url)
    return Here(base, own, [url, *named], [title for title in titles if title], language, properties)


def _without_tracking(url: str) -> str:
    before, _, query = url.partition("#")[0].partition("?")
    kept = "&".join(one for one in query.split("&") if one and not TRACKING.match(one))
    return f"{before}?{kept}" if kept else before
