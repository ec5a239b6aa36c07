"""Public texts for trials: shop reviews in ten categories, and product titles with their terms marked by people."""

import csv
import io
import zipfile
from collections import defaultdict

import pytest

from tests.real_data import SHARED, needs

DATA = SHARED / "chinese_text"
REAL = [pytest.mark.real_data, needs("chinese_text")]
KINDS = {"HCCX": "product", "HPPX": "brand"}


def reviews():
    """Return (category, review) of all reviews; one has no text."""
    with zipfile.ZipFile(DATA / "online_shopping_10_cats.zip") as archive:
        lines = io.StringIO(archive.read("online_shopping_10_cats.csv").decode("utf-8-sig"))
        return [(row["cat"], row["review"]) for row in csv.DictReader(lines)]


def reviews_by_category():
    found = defaultdict(list)
    for category, review in reviews():
        found[category].append(review)
    return found


def titles():
    """Return (title, its products and brands as (begin, end, kind)) of all titles, in the file's order."""
    blocks = (DATA / "ecommerce_ner_train.txt").read_text(encoding="utf-8").strip("\n").split("\n\n")
    return [_title([line.rsplit(" ", 1) for line in block.split("\n")]) for block in blocks]


def _title(signs):
    found, at = [], 0
    while at < len(signs):
        position, kind = signs[at][1][:1], signs[at][1][2:]
        end = at + 1
        while position == "B" and end < len(signs) and signs[end][1] == f"I-{kind}":
            end += 1
        if position == "B" and kind in KINDS:
            found.append((at, end, KINDS[kind]))
        at = end
    return "".join(sign or " " for sign, _ in signs), found
