"""Feeds of who holds which financial product."""

from scrapers.spiders.feed import FeedSpider


class ProductHoldingsSpider(FeedSpider):
    """Reads who holds which financial product."""

    name = "product_holdings"
