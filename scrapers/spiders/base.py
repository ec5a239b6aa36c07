"""What all kinds of source share: a source to read, a contract to read it for, and a place to go on from."""

from typing import ClassVar

import scrapy

from scrapers import mapping
from scrapers.sources import Source
from warehouse.load import Counts, cursor_of
from warehouse.raw import Record


class SourceSpider(scrapy.Spider):
    """A spider over one entry of a sources file."""

    contract: ClassVar[type[Record]]

    def __init__(self, source: Source, connection, run_id: str, days: tuple | None = None, **kwargs):
        super().__init__(source.name, **kwargs)
        self.source, self.connection, self.run_id, self.days = source, connection, run_id, days
        self.counts = Counts()
        self.cursor = cursor_of(connection, source.name)
        self.mapping = mapping.compiled(source, self.contract)
        if source.allowed_hosts:
            self.allowed_domains = source.allowed_hosts

    def failed(self, failure):
        """Make a page that could not be fetched an error: Scrapy alone would end well."""
        response = getattr(failure.value, "response", None)
        what = f"HTTP {response.status}" if response else failure.getErrorMessage()
        self.logger.error("cannot fetch %s: %s", failure.request.url, what)
