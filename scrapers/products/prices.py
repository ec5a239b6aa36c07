"""Prices as pages write them: what is certain becomes a number and a currency, what is not stays unknown."""

import csv
import re
from decimal import Decimal
from functools import cache
from pathlib import Path

from babel.numbers import get_currency_precision, list_currencies
from price_parser import Price

LONGEST = 100
PLAIN = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
NUMBER = re.compile(r"\d{1,3}(?:[\s'’]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)*")
GROUP_OR_FRACTION = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
SIGN = r"(?:[A-Z]{3}|[^\w\s]{1,3})?"
MINUS = re.compile(rf"\s*{SIGN}\s*[-−]\s*{SIGN}\s*")
CODE = re.compile(r"(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])")


def amount(stated, currency: str | None = None) -> Decimal | None:
    """Return the number of a stated price, None where it has none or more than one, or could mean two things.

    A number is taken as it is; 1.299 in text is a thousand or a fraction, which only its currency's decimals tell.
    """
    if isinstance(stated, int | Decimal):
        return _sane(Decimal(stated))
    if not isinstance(stated, str) or len(stated) > LONGEST:
        return None
    text = stated.strip()
    numbers = NUMBER.findall(text)
    if len(numbers) != 1:
        return None
    [number] = numbers
    if GROUP_OR_FRACTION.fullmatch(number):
        decimals = get_currency_precision(currency) if currency else 2
        if decimals > 2 or ("." in number and decimals and number == text):
            return _sane(Decimal(text)) if decimals > 2 and PLAIN.fullmatch(text) else None
        return _signed(Decimal(re.sub(r"[.,]", "", number)), text, number)
    if PLAIN.fullmatch(text):
        return _sane(Decimal(text))
    return _signed(Price.fromstring(re.sub(r"[\s'’]", "", number)).amount, text, number)


def currency(stated, language: str = "") -> str | None:
    """Return the ISO 4217 code that a text names by code or sign; a sign of many currencies by the page's language."""
    if not isinstance(stated, str) or len(stated) > LONGEST:
        return None
    text = stated.strip()
    codes = {code for code in CODE.findall(text.upper() if len(text) == 3 else text) if code in known_codes()}
    if codes:
        return codes.pop() if len(codes) == 1 else None
    marks = re.split(r"[\d.,'’+\-–—*/()\s]+", text.casefold())
    named = {known_signs().get((mark, "")) or known_signs().get((mark, language[:2].casefold())) for mark in marks} - {
        None
    }
    return named.pop() if len(named) == 1 else None


def _signed(value: Decimal | None, text: str, number: str) -> Decimal | None:
    """Return the value with the minus sign that stands before its number."""
    is_negative = MINUS.fullmatch(text[: text.index(number)])
    return None if value is None else _sane(-value if is_negative else value)


def _sane(value: Decimal) -> Decimal | None:
    """Return a number that a price can be: finite, and not finer than six decimals."""
    if not value.is_finite() or abs(value.adjusted()) > 20:
        return None
    exponent = value.as_tuple().exponent
    return value if exponent >= -6 else value.quantize(Decimal("0.000001"))


@cache
def known_codes() -> frozenset[str]:
    """Return the codes of ISO 4217."""
    return frozenset(list_currencies())


@cache
def known_signs() -> dict[tuple[str, str], str]:
    """Return the currency of a sign and a language, which is empty where the sign is one everywhere."""
    with (Path(__file__).parent / "currencies.csv").open(encoding="utf-8", newline="") as lines:
        return {(row["symbol"], row["language"]): row["currency"] for row in csv.DictReader(lines)}
