"""Feeds of order lines."""

from scrapers.spiders.feed import FeedSpider
from warehouse.raw import OrderLine


class OrderLinesSpider(FeedSpider):
    """Reads order lines."""

    name = "orders"
    contract = OrderLine
