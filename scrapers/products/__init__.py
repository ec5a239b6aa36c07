"""Products out of any shop's pages: `extract(body, url)` reads what a page states, whichever way it states it.

scripts, microdata and opengraph each read one way of stating; things and walk understand schema.org's shapes,
offers makes records of them, page decides what a page is, and merging fills one way's gaps from the next.
visible reads what only a reader sees, where nothing is stated: with sight, money, controls, naming and phrases.
"""

from scrapers.products.page import Page, extract

__all__ = ["Page", "extract"]
