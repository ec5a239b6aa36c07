"""Feeds of what happened to e-mails."""

from scrapers.spiders.feed import FeedSpider


class EmailEventsSpider(FeedSpider):
    """Reads what happened to e-mails."""

    name = "email_events"
