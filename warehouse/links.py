"""Signed links of letters: a click is counted on its way to the shop, an opened letter by a picture of one pixel.

A token says whose letter it is and where its link leads; nobody without the master key can make one or change it. Nor
can anybody guess a code on printed matter, which is too short to say anything by itself: activation.codes knows it.
"""

import base64
import hashlib
import hmac
import json

from itsdangerous import BadSignature, URLSafeSerializer

from warehouse import vault

CODE_SIGNS = 12


def token(kind: str, business: str, customer_id: str, campaign_id: str, url: str | None = None) -> str:
    """Return the token of a `click` that leads to `url`, or of an `open`."""
    return _serializer(kind).dumps([business, customer_id, campaign_id, url])


def read(kind: str, text: str) -> tuple[str, str, str, str | None] | None:
    """Return business, customer, campaign and address of a token, or None where it was not made here for this kind."""
    try:
        return tuple(_serializer(kind).loads(text))
    except BadSignature:
        return None


def code(business: str, customer_id: str, campaign_id: str) -> str:
    """Return what a customer types in to redeem a campaign's offer: always the same, 60 bits of a keyed hash."""
    said = json.dumps([business, customer_id, campaign_id]).encode()
    digest = hmac.new(vault.derived("codes"), said, hashlib.sha256).digest()
    return base64.b32encode(digest)[:CODE_SIGNS].decode()  # letters and 2 to 7: nothing that looks like 0, 1 or 8


def _serializer(kind: str) -> URLSafeSerializer:
    return URLSafeSerializer(vault.derived("links"), salt=kind, signer_kwargs={"digest_method": hashlib.sha256})
