"""Feeds of order lines."""

from scrapers.spiders.feed import FeedSpider


class OrderLinesSpider(FeedSpider):
    """Reads order lines."""

    name = "orders"
