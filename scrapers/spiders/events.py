"""Feeds of behaviour in Segment's envelope."""

from scrapers.spiders.feed import FeedSpider
from warehouse.raw import Event


class EventsSpider(FeedSpider):
    """Reads behaviour in Segment's envelope."""

    name = "events"
    contract = Event
