"""Feeds of social posts and reviews."""

from scrapers.spiders.feed import FeedSpider
from warehouse.raw import Post


class PostsSpider(FeedSpider):
    """Reads social posts and reviews."""

    name = "posts"
    contract = Post
