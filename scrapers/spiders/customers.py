"""Feeds of registrations."""

from scrapers.spiders.feed import FeedSpider
from warehouse.raw import Customer


class CustomersSpider(FeedSpider):
    """Reads registrations."""

    name = "customers"
    contract = Customer
