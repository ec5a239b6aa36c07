"""Feeds of accounts."""

from scrapers.spiders.feed import FeedSpider


class AccountsSpider(FeedSpider):
    """Reads accounts."""

    name = "accounts"
