"""What all kinds of source share: a run over one source."""

import logging
from contextlib import contextmanager

import scrapy
from scrapy.exceptions import IgnoreRequest

from scrapers.run import Run


class SourceSpider(scrapy.Spider):
    """A spider over one entry of a sources file."""

    def __init__(self, run: Run, **kwargs):
        super().__init__(run.source.name, **kwargs)
        self.run = run
        if run.source.allowed_hosts:
            self.allowed_domains = run.source.allowed_hosts

    @contextmanager
    def waiting(self, request):
        """Hear that a request waits until its server wants it again."""
        yield

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
