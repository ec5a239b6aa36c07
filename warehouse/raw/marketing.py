"""What marketing tools elsewhere report: what advertising cost, and whom a campaign reached or held out."""

from datetime import date, datetime
from decimal import Decimal

from warehouse.raw.record import Count, Currency, Id, Record, Word


class AdSpend(Record, kw_only=True):
    """A version of what advertising did and cost on a day; a restated day is a new version."""

    table = "ad_spend"
    key = ("spend_on", "channel", "campaign_id", "ad_group", "ad_id")
    versioned = True
    control = "sum(cost)"

    spend_on: date
    channel: Word
    campaign_id: Id
    ad_group: Word = ""
    ad_id: Word = ""
    impressions: Count | None = None
    clicks: Count | None = None
    cost: Decimal
    currency: Currency | None = None
    updated_at: datetime | None = None


class CampaignContact(Record, kw_only=True):
    """A customer whom a campaign of another tool contacted, or held out as a control at that moment."""

    table = "campaign_contacts"
    key = ("campaign_id", "customer_id", "contacted_at")
    person = (("customer", "customer_id"),)

    campaign_id: Id
    customer_id: Id
    contacted_at: datetime
    is_control: bool
    arm: Word | None = None
    channel: Word | None = None
