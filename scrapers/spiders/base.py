"""What all kinds of source share: a source to read, a contract to read it for, and a place to go on from."""

import logging

import scrapy
from scrapy.exceptions import IgnoreRequest

from scrapers.mapping import contract_of
from scrapers.sources import Source
from warehouse.load import Counts, cursor_of


class SourceSpider(scrapy.Spider):
    """A spider over one entry of a sources file."""

    def __init__(self, source: Source, mapping, connection, run_id: str, days: tuple | None = None, **kwargs):
        super().__init__(source.name, **kwargs)
        self.source, self.connection, self.run_id, self.days = source, connection, run_id, days
        self.counts = Counts()
        self.is_over = False  # set when a batch could not be stored: nothing more is asked for
        self.cursor = cursor_of(connection, source.name)
        self.mapping, self.contract = mapping, contract_of(source)
        if source.allowed_hosts:
            self.allowed_domains = source.allowed_hosts

    def failed(self, failure):
        """Make a page that could not be fetched an error: Scrapy alone would end well."""
        self.logger.error("cannot fetch %s: %s", failure.request.url, _why(failure))

    def missed(self, failure):
        """Pass over a page that other pages lead to: a dead or forbidden link is the site's, not the crawl's."""
        level = logging.DEBUG if failure.check(IgnoreRequest) else logging.WARNING
        self.logger.log(level, "passed over %s: %s", failure.request.url, _why(failure))


def _why(failure) -> str:
    response = getattr(failure.value, "response", None)
    return f"HTTP {response.status}" if response is not None else failure.getErrorMessage() or failure.type.__name__
