"""MovieLens 100K as a business: 943 people, 1,682 films, and what each rated LIKED or more."""

import csv

import numpy as np

from ml.snapshot import ATTRIBUTES, INTERACTION, Snapshot, in_canonical_order, matrix_of_terms
from tests.real_data import SHARED

DATA = SHARED / "ml-100k"
GENRES, FIRST_GENRE, LIKED, EPOCH_2000 = 19, 5, 3, 946_684_800


def read(name, delimiter):
    with (DATA / name).open(encoding="latin-1", newline="") as file:
        return list(csv.reader(file, delimiter=delimiter))


def films():
    """Ratings of LIKED and more as what is to be foretold, genres as terms, sex and age as attributes."""
    people, items = sorted(read("u.user", "|")), sorted(read("u.item", "|"))
    customers, products = ({row[0]: at for at, row in enumerate(rows)} for rows in (people, items))
    liked = [row for row in read("u.data", "\t") if int(row[2]) >= LIKED]
    rows = np.zeros(len(liked), dtype=INTERACTION)
    rows["customer"], rows["product"] = [customers[row[0]] for row in liked], [products[row[1]] for row in liked]
    rows["occurred_at"] = [(int(row[3]) - EPOCH_2000) * 1_000_000 for row in liked]
    rows["weight"], rows["is_purchase"] = 1, True
    genres = range(FIRST_GENRE, FIRST_GENRE + GENRES)
    terms = [(at, f"genre {genre}", 1.0) for at, row in enumerate(items) for genre in genres if row[genre] == "1"]
    vocabulary, matrix = matrix_of_terms(len(items), terms)
    nothing = dict.fromkeys(ATTRIBUTES, [None] * len(people))
    return Snapshot(
        business="films",
        customer_ids=list(customers),
        attributes=nothing
        | {"gender": [row[2] for row in people], "birth_year": [1998 - int(row[1]) for row in people]},
        may_personalise=np.ones(len(people), dtype=bool),
        product_ids=list(products),
        names=[row[1] for row in items],
        brands=[None] * len(items),
        categories=[None] * len(items),
        is_offered=np.ones(len(items), dtype=bool),
        order_line_counts=np.zeros(len(items), dtype=np.int64),
        vocabulary=vocabulary,
        terms=matrix,
        interactions=in_canonical_order(rows),
    )
