"""Open what a provider delivers: each function turns one payload into the flat records or problems that it holds.

An envelope is named in a preset or a source; what its records mean is the mapping's business.
"""

from collections.abc import Callable

from scrapers.envelopes import ga4, ses, sparkpost
from warehouse.check import Problem

Envelope = Callable[[dict], list[dict | Problem]]


def body(payload: dict) -> list[dict | Problem]:
    """Take a webhook's body as it is: an object is a record, an array holds several."""
    return [payload]


ENVELOPES: dict[str, Envelope] = {"body": body, "ga4": ga4.records, "ses": ses.records, "sparkpost": sparkpost.records}
