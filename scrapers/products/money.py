"""Prices that a reader sees: a text that is a price and nothing else, with a currency that the page makes certain."""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from babel import Locale, UnknownLocaleError
from babel.numbers import get_currency_symbol, get_territory_currencies

from scrapers.products import prices
from scrapers.products.phrases import ends_with, said
from scrapers.products.sight import Element, Sight, Text

LONGEST = 48
HIGHEST = 4
CENTS = re.compile(r"\d{2}")
CENTS_CALLED = re.compile(r"sup|small|cent|frac|decimal", re.I)
PRICED = re.compile(r"price|preis|prix|precio|prezzo|pre[cç]o|prijs|amount|cena", re.I)
# As stylesheets call what is compared with, crossed out or asked besides; some shops call every price `regular`.
BESIDES = re.compile(
    r"strike|cross|through|old|was(?![a-z])|list|regular|before|original|compare|r?rp(?![a-z])|uvp|msrp"
    r"|sav(e|ing)|discount|ship|deliver|versand|unit|base|instal|month|per(?![a-z])",
    re.I,
)
CODE_OF_PAGE = re.compile(r"""currency\w{0,16}["'\]]{0,2}\s{0,4}[:=]\s{0,4}["']([A-Z]{3})["']""", re.I)


class Shown(NamedTuple):
    """A price in its place; `is_besides` where its stylesheet names suggest that it is not the price to pay."""

    element: Element
    stated: str
    sign: str
    amount: Decimal
    is_besides: bool
    is_marked: bool


def shown(sight: Sight, most: int) -> list[Shown]:
    """Return the prices that a reader takes for prices to pay, in their order; none where they are more than `most`."""
    found: dict[Element, Shown] = {}
    for number, text in enumerate(sight.texts):
        one = _price(sight, text) if any(sign.isdigit() for sign in text.value) else None
        if one and one.element not in found and sight.is_open(one.element) and not _is_other(sight, number, one):
            found[one.element] = one
        if len(found) > most:
            return []
    return list(found.values())


def currency(sign: str, language: str, scripts: Iterator[str]) -> str | None:
    """Return the currency of a sign: by itself, by the one that the page's scripts name, or by the page's region."""
    certain = prices.currency(sign, language)
    if certain:
        return certain
    codes = {code.upper() for script in scripts for code in CODE_OF_PAGE.findall(script)}
    fitting = {code for code in codes if _fits(sign, code)}
    regional = {code for code in _regional(language) if _fits(sign, code)}
    chosen = fitting if len(fitting) == 1 else regional & fitting if fitting else regional
    return chosen.pop() if len(chosen) == 1 else None


def _price(sight: Sight, text: Text) -> Shown | None:
    """Return the price that a text is a part of."""
    for height, element in enumerate(text.element.around()):
        if height == HIGHEST or (joined := _joined(sight, element)) is None:
            return None
        if (parts := _parts(joined)) and (amount := prices.amount(parts[1])) is not None and amount > 0:
            names = " ".join(f"{one.get('class')} {one.get('id')} {one.get('itemprop')}" for one in _near(element))
            return Shown(element, joined, parts[0], amount, bool(BESIDES.search(names)), bool(PRICED.search(names)))
    return None


def _near(element: Element) -> list[Element]:
    return [one for one, _ in zip(element.around(), range(3), strict=False)]


def _joined(sight: Sight, element: Element) -> str | None:
    """Return an element's text as one; cents in an element of their own are behind a point: 12<sup>48</sup>."""
    joined = ""
    for piece in sight.within(element):
        if joined[-1:].isdigit() and piece.value[0].isdigit():
            if not (
                CENTS.fullmatch(piece.value)
                and CENTS_CALLED.search(f"{piece.element.html.tag} {piece.element.get('class')}")
            ):
                return None
            joined += "."
        joined += piece.value if joined[-1:] in ("", ".", ",") or piece.value[0] in ".," else f" {piece.value}"
        if len(joined) > LONGEST:
            return None
    return joined


def _parts(text: str) -> tuple[str, str] | None:
    """Return the currency's sign and the number of a text that is a price, None where it is or says anything else."""
    numbers = list(prices.NUMBER.finditer(text))
    if len(numbers) != 1:
        return None
    number = numbers[0]
    before, after = text[: number.start()], text[number.end() :].lstrip(",-–— ")
    ahead, behind = _sign_at_end().search(before), _sign_at_begin().match(after)
    if ahead:
        sign, label, rest = ahead[1], before[: ahead.start()], after
    elif behind:
        sign, label, rest = behind[1], before, after[behind.end() :]
    else:
        return None
    label, rest = label.strip(" :"), rest.strip(" *.,()（）[]¹²†+-–")
    is_price = (not label or said("price", label)) and (not rest or said("tax", rest))
    return (sign, number[0]) if is_price else None


def _is_other(sight: Sight, number: int, price: Shown) -> bool:
    """Tell whether a price is crossed out, leads elsewhere, or is by the texts around it none to pay at once."""
    for height, one in enumerate(price.element.around()):
        crossed = one.html.tag in ("del", "s", "strike") or "line-through" in one.get("style")
        if crossed or (one.html.tag == "a" and one.get("href").strip()[:1] not in ("", "#") and not _is_script(one)):
            return True
        if height == HIGHEST * 2:
            break
    around = next((one for height, one in enumerate(price.element.around()) if height == 2), price.element)
    texts = sight.texts
    before = next(
        (text for text in reversed(texts[max(0, number - 6) : number]) if text.at < price.element.begin), None
    )
    after = next((text for text in texts[number + 1 : number + 6] if text.at >= price.element.end), None)
    is_labelled = before is not None and around.begin <= before.at and ends_with("other_price", before.value)
    is_rated = after is not None and after.at <= around.end and said("per", after.value) is not None
    return is_labelled or is_rated


def _is_script(link: Element) -> bool:
    return link.get("href").strip().lower().startswith("javascript:")


def _signs() -> str:
    signs = {sign for sign, _ in prices.known_signs()} | {"$"}
    return "|".join(
        rf"(?<!\w){re.escape(one)}(?!\w)" if one[0].isalpha() else re.escape(one) for one in _by_length(signs)
    )


def _by_length(signs: set[str]) -> list[str]:
    return sorted(signs, key=lambda sign: (-len(sign), sign))


@cache
def _sign_at_end() -> re.Pattern:
    return re.compile(rf"({_signs()}|(?<![a-z])(?-i:[A-Z]{{3}}))\s*$", re.I)


@cache
def _sign_at_begin() -> re.Pattern:
    return re.compile(rf"\s*({_signs()}|(?-i:[A-Z]{{3}})(?![a-z]))", re.I)


def _fits(sign: str, code: str) -> bool:
    """Tell whether a sign may stand for a currency."""
    return any(code == known for (mark, _), known in prices.known_signs().items() if mark == sign.casefold()) or (
        code in prices.known_codes() and get_currency_symbol(code, "en").endswith(sign)
    )


def _regional(language: str) -> list[str]:
    """Return the currencies of the region that a language tag names: USD of en-US."""
    try:
        territory = Locale.parse(language.strip().replace("_", "-"), sep="-").territory
    except (UnknownLocaleError, ValueError, TypeError):
        return []
    return get_territory_currencies(territory) if territory else []
