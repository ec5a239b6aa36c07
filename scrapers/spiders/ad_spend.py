"""Feeds of what advertising cost a day."""

from scrapers.spiders.feed import FeedSpider


class AdSpendSpider(FeedSpider):
    """Reads what advertising cost a day."""

    name = "ad_spend"
