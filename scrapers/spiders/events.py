"""Feeds of behaviour in Segment's envelope."""

from scrapers.spiders.feed import FeedSpider


class EventsSpider(FeedSpider):
    """Reads behaviour in Segment's envelope."""

    name = "events"
