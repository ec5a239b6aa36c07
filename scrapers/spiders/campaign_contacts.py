"""Feeds of whom campaigns of other tools contacted."""

from scrapers.spiders.feed import FeedSpider


class CampaignContactsSpider(FeedSpider):
    """Reads whom campaigns of other tools contacted."""

    name = "campaign_contacts"
