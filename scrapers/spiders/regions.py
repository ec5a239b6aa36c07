"""Feeds of places and their statistics."""

from scrapers.spiders.feed import FeedSpider


class RegionsSpider(FeedSpider):
    """Reads places and their statistics."""

    name = "regions"
