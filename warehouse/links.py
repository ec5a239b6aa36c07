"""Signed links of letters: a click is counted on its way to the shop, an opened letter by a picture of one pixel.

A token says whose letter it is and where its link leads; nobody without the master key can make one or change it.
"""

import hashlib

from itsdangerous import BadSignature, URLSafeSerializer

from warehouse import vault


def token(kind: str, business: str, customer_id: str, campaign_id: str, url: str | None = None) -> str:
    """Return the token of a `click` that leads to `url`, or of an `open`."""
    return _serializer(kind).dumps([business, customer_id, campaign_id, url])


def read(kind: str, text: str) -> tuple[str, str, str, str | None] | None:
    """Return business, customer, campaign and address of a token, or None where it was not made here for this kind."""
    try:
        return tuple(_serializer(kind).loads(text))
    except BadSignature:
        return None


def _serializer(kind: str) -> URLSafeSerializer:
    return URLSafeSerializer(vault.derived("links"), salt=kind, signer_kwargs={"digest_method": hashlib.sha256})
