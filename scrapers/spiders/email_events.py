"""Feeds of what happened to e-mails."""

from scrapers.spiders.feed import FeedSpider
from warehouse.raw import EmailEvent


class EmailEventsSpider(FeedSpider):
    """Reads what happened to e-mails."""

    name = "email_events"
    contract = EmailEvent
