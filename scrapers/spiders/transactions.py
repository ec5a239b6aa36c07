"""Feeds of movements on accounts."""

from scrapers.spiders.feed import FeedSpider


class TransactionsSpider(FeedSpider):
    """Reads movements on accounts."""

    name = "transactions"
