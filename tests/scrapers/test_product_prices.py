"""Prices as shops write them."""

import pytest

from scrapers.products import extract
from tests.scrapers.made_pages import HERE, TEA, metas, offered, one, page

# Prices


PRICES = [
    ("98.99", "EUR", "98.99"),
    (98.99, "EUR", "98.99"),
    (1.299, "EUR", "1.299"),
    (1299, "EUR", "1299"),
    ("349,95", "EUR", "349.95"),
    ("1.299,00 €", "EUR", "1299.00"),
    ("1,299.00", "USD", "1299.00"),
    ("¥1,299", "CNY", "1299"),
    ("1 299 kr", "SEK", "1299"),
    ("1\u202f299,00", "EUR", "1299.00"),
    ("CHF 1’299.50", "CHF", "1299.50"),
    ("1.299 €", "EUR", "1299"),
    ("149.990", "CLP", "149990"),
    ("1.299", "KWD", "1.299"),
    ("1.299", "EUR", None),  # a thousand or a fraction
    ("€ 4,-", "EUR", "4"),
    ("6.09 - 14.92", "USD", None),  # which of the two?
    ("Preis auf Anfrage", "EUR", None),
    ("NaN", "EUR", None),
    ("1e5", "EUR", None),
    ("-5 €", "EUR", "-5"),
    ("0", "EUR", "0"),
    (0, "EUR", "0"),
]


@pytest.mark.parametrize(("stated", "currency", "price"), PRICES)
def test_a_price_is_what_it_certainly_means_or_unknown(stated, currency, price):
    product = one(offered(price=stated, priceCurrency=currency))
    assert product.get("price") == price
    assert product["price_stated"] == str(stated) and product["currency"] == currency


CURRENCIES = [
    ("829,99 EUR", "en", "EUR"),
    ("US$ 12", "de", "USD"),
    ("£12", "", "GBP"),
    ("€12.50/kg", "", "EUR"),
    ("¥1,299", "zh-CN", "CNY"),
    ("¥1,299", "ja", "JPY"),
    ("¥1,299", "en", None),
    ("1 299 kr", "sv", "SEK"),
    ("1 299 kr", "da-DK", "DKK"),
    ("1 299 kr", "", None),
    ("$12", "en-US", None),
    ("12", "de", None),
]


@pytest.mark.parametrize(("stated", "language", "currency"), CURRENCIES)
def test_a_currency_that_is_not_stated_is_read_from_the_price_only_where_it_is_certain(stated, language, currency):
    text = page(offered(price=stated)).replace("<html>", f'<html lang="{language}">')
    assert extract(text, HERE).products[0].get("currency") == currency


def test_a_currency_is_a_code_of_the_world_however_it_is_written():
    codes = ["eur", "€", "EUR", "Euro", "XQZ", "dollars"]
    assert [one(offered(price=1, priceCurrency=code)).get("currency") for code in codes] == ["EUR"] * 4 + [None] * 2


def test_a_price_specification_is_read_but_not_the_one_that_is_crossed_out():
    crossed = {"price": 100, "priceCurrency": "EUR", "priceType": "https://schema.org/StrikethroughPrice"}
    to_pay = {"@type": "UnitPriceSpecification", "price": "79.90", "priceCurrency": "EUR"}
    product = one(offered(priceSpecification=[crossed, to_pay]))
    assert (product["price"], product["currency"]) == ("79.90", "EUR")


def test_a_standard_price_beside_a_lower_one_to_pay_is_not_the_price():
    graph = metas(og__price__standard_amount="88.00", product__price__amount="66.00", product__price__currency="CNY")
    product = one(TEA, head=graph)
    assert (product["price"], product["attributes"]) == ("66.00", {"standardPrice": "88.00"})
