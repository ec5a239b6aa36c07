"""Feeds of registrations."""

from scrapers.spiders.feed import FeedSpider


class CustomersSpider(FeedSpider):
    """Reads registrations."""

    name = "customers"
