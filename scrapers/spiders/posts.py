"""Feeds of social posts and reviews."""

from scrapers.spiders.feed import FeedSpider


class PostsSpider(FeedSpider):
    """Reads social posts and reviews."""

    name = "posts"
