"""Personal values where nobody declared any: inside the documents that events carry (context, properties, extra).

A value under a name that says what it is, and any e-mail address wherever it stands, becomes its blind index, by which
it can still be joined (the index of `properties.email` is that of the customer's e-mail) and never read.
"""

import re

from warehouse import vault

KINDS = {
    "ip": "ip ip_address ipaddress client_ip remote_addr x_forwarded_for",
    "email": "email e_mail mail email_address emailaddress user_email recipient",
    "phone": "phone mobile tel telephone phone_number phonenumber mobile_number cell",
    "name": "first_name firstname last_name lastname full_name fullname surname given_name family_name real_name",
    "handle": "username user_name nickname screen_name",
    "id": "id_number id_card idcard passport ssn national_id tax_id iban card_number account_number",
    "place": "address street street_address address1 address2 shipping_address billing_address latitude longitude",
    "birth": "birthday birth_date birthdate date_of_birth dob",
}
NAMES = {name: kind for kind, names in KINDS.items() for name in names.split()}
TRAITS = "traits"  # Segment's: what is known of the person
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+\w")
_FORMS = {name.replace("_", ""): kind for name, kind in NAMES.items()}


def _spellings(name: str) -> set[str]:
    """Return a name as sources write it: e_mail, email, e-mail, eMail, EMail, E_MAIL, ..."""
    words = name.split("_")
    camel = words[0] + "".join(word.title() for word in words[1:])
    found = {name, "".join(words), "-".join(words), " ".join(words), camel, "".join(word.title() for word in words)}
    return found | {one.upper() for one in found} | {one.title() for one in found}


_SPELT = frozenset(spelling for name in (TRAITS, *NAMES) for spelling in _spellings(name))


def may_be_in(value: object, text: bytes) -> bool:
    """Say whether a document, whose JSON is `text`, may hold personal values: most hold none, so this is quick."""
    return b"@" in text or (b"%" in text and b"%40" in text) or value.__class__ is not dict or _has_name(value)


def _has_name(value: dict | list) -> bool:
    if value.__class__ is dict:
        if not _SPELT.isdisjoint(value):
            return True
        value = value.values()
    for inner in value:  # noqa: SIM110  (any() would cost a generator for each document)
        if (inner.__class__ is dict or inner.__class__ is list) and _has_name(inner):
            return True
    return False


def withheld(value: object) -> object:
    """Return a document with blind indexes where personal values stood.

    Raises:
        RecursionError: a document too deep to walk.
    """
    if value.__class__ is dict:
        return {_masked(name): _of(name, inner) for name, inner in value.items()}
    if value.__class__ is list:
        return [withheld(inner) for inner in value]
    if value.__class__ is str and ("@" in value or "%40" in value):
        return _masked(value)
    return value


def _of(name: str, value: object) -> object:
    form = name.lower().translate({ord("_"): None, ord("-"): None, ord(" "): None})
    if form == TRAITS and value.__class__ is dict:
        return {inner: _index(_FORMS.get(inner.lower(), "trait"), one) for inner, one in value.items()}
    kind = _FORMS.get(form)
    return withheld(value) if kind is None else _index(kind, value)


def _index(kind: str, value: object) -> object:
    if value is None or value.__class__ is bool:
        return value
    text = value if value.__class__ is str else repr(value)
    return f"{kind}:{vault.index(kind, text).hex()}"


def _masked(text: str) -> str:
    """Return a text with the blind index of every e-mail address in it."""
    return ADDRESS.sub(lambda found: _index("email", found[0]), text.replace("%40", "@") if "%40" in text else text)
