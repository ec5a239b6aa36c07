"""One business's texts into terms: of its products and of what people wrote, by its own dictionary."""

import csv
import sys
from collections import Counter
from collections.abc import Iterable
from itertools import islice

import psycopg

from ml import reading, writing
from ml.progress import announcer
from ml.text.candidates import candidates
from ml.text.dictionary import Dictionary, Term
from ml.text.fields import split_keywords
from ml.text.keywords import keywords
from ml.text.near_duplicates import near_duplicates
from ml.text.normalise import normalised
from ml.text.segment import segment
from ml.text.terms import product_terms


def terms(connection: psycopg.Connection, business: str) -> None:
    """Replace a business's terms by those of its products and posts as they are now."""
    say = announcer(business)
    with writing.alone(connection, business), connection.transaction():
        dictionary = Dictionary(reading.domain_terms(connection, business))
        version = [(dictionary.version, len(dictionary.terms))]
        writing.replace(connection, "dictionaries", business, version)
        _products(connection, business, dictionary, say)
        _posts(connection, business, dictionary, say)


def propose(connection: psycopg.Connection, business: str, at_most: int) -> None:
    """Print candidates for the seed domain_terms, those that the catalogue itself names before those mined."""
    known = Dictionary(reading.domain_terms(connection, business))
    products = reading.texts(connection, business)
    mined = candidates((name for _, name, *_ in products if name), known)
    found: dict[str, Term] = {}
    for one in [*_named(products, known), *mined]:
        found.setdefault(one.term, one)
    lines = csv.writer(sys.stdout, lineterminator="\n")
    lines.writerow(("business", *Term._fields))
    lines.writerows((business, *one) for one in islice(found.values(), at_most))


def _named(products: Iterable[tuple], known: Dictionary) -> list[Term]:
    """Return the brands and categories that the segmenter would cut, the most frequent first."""
    counts: Counter = Counter()
    for _, _, brand, category, _ in products:
        counts.update((normalised(one), "brand") for one in split_keywords(brand, "brand"))
        counts.update((normalised(one), "product") for one in split_keywords(category, "category"))
    found = [Term(*key, count) for key, count in counts.items() if len(segment(key[0], known)) > 1]
    return sorted(found, key=lambda one: (-one.title_count, one.term))


def _products(connection: psycopg.Connection, business: str, dictionary: Dictionary, say) -> None:
    products = reading.texts(connection, business)
    if not products:
        say("skipped, marts.products has no row of it")
    found = product_terms([row[1:] for row in products], dictionary)
    rows = ((row[0], *pair) for row, pairs in zip(products, found, strict=True) for pair in pairs)
    count = writing.replace(connection, "product_terms", business, rows)
    say(f"{count:,} terms of {len(products):,} products, dictionary {dictionary.version}")


def _posts(connection: psycopg.Connection, business: str, dictionary: Dictionary, say) -> None:
    posts = reading.posts(connection, business)
    found = keywords([[(content, 1)] for _, content in posts], dictionary)
    rows = ((post_id, *word) for (post_id, _), words in zip(posts, found, strict=True) for word in words)
    count = writing.replace(connection, "post_terms", business, rows)
    repeated = near_duplicates([content for _, content in posts])
    pairs = ((posts[one.position][0], posts[one.first][0], one.similarity) for one in repeated)
    writing.replace(connection, "post_duplicates", business, pairs)
    say(f"{count:,} terms of {len(posts):,} posts, {len(repeated):,} of them near-duplicates")
