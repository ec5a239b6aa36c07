"""Ratings of films: nobody comes back, so each one's last fifth is foretold from the rest; only what is new counts."""

import csv

import numpy as np
import pytest

from ml import evaluation, models
from ml.snapshot import ATTRIBUTES, INTERACTION, Snapshot, in_canonical_order, matrix_of_terms
from tests.real_data import SHARED, needs

DATA = SHARED / "ml-100k"
GENRES, FIRST_GENRE, LIKED, EPOCH_2000 = 19, 5, 3, 946_684_800
RESAMPLES = 2_000
pytestmark = [pytest.mark.slow, pytest.mark.real_data, pytest.mark.timeout(1200), needs("ml-100k")]


def read(name, delimiter):
    with (DATA / name).open(encoding="latin-1", newline="") as file:
        return list(csv.reader(file, delimiter=delimiter))


@pytest.fixture(scope="module")
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


def test_two_stages_foretell_new_films_better_than_any_family_alone(films):
    cut = evaluation.split(films)
    assert cut.cut_at is None and len(cut.judged) == 943
    found = {name: evaluation.measure_new(model, cut).values["ndcg"] for name, model in models.fitting(cut.data)}
    ours, random = found.pop("two_stage"), np.random.default_rng(1)
    print(f"\ntwo_stage {ours.mean():.4f}")
    for name, alone in found.items():
        gain = ours - alone
        means = gain[random.integers(0, len(gain), (RESAMPLES, len(gain)))].mean(axis=1)
        low, high = np.quantile(means, [0.025, 0.975])
        print(f"{name:14s} {alone.mean():.4f}  two_stage is better by {low:.4f} to {high:.4f}")
        assert low > 0
