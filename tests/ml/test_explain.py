import json

import numpy as np

from ml import features, models
from ml.explain import Explainer, _strongest
from tests.ml.worlds import checkerboard, snapshot

VIEWED, BOUGHT, OTHER = 0, 2, 4


def explainer(world):
    data = features.training(world)
    fitted = models.fit_all(data)
    return Explainer(world, data, fitted)


def told(reason):
    code, evidence = reason
    return code, json.loads(evidence)


def test_what_was_only_viewed_is_not_called_bought_nor_similar_to_itself():
    rows = [row for row in checkerboard() if row[0] != 0]
    world = snapshot([*rows, (0, VIEWED, 12), (0, BOUGHT, 12)])
    viewed = (world.interactions["customer"] == 0) & (world.interactions["product"] == VIEWED)
    world.interactions["is_purchase"][viewed] = False
    reasons = explainer(world).reasons("hybrid", np.array([0]), np.array([[BOUGHT, VIEWED, OTHER]]))
    bought, seen, new = map(told, reasons)
    assert bought == ("bought_before", {"orders": 1})
    assert seen[0] in ("similar_to", "shared_terms") and seen[1]["product_id"] == "P002"
    assert new[0] in ("similar_to", "shared_terms") and new[1]["product_id"] in ("P000", "P002")


def test_products_far_apart_in_the_vectors_are_explained_by_the_terms_they_share():
    world = snapshot([*checkerboard(), (0, BOUGHT, 12)])
    asked = explainer(world)
    asked.vectors = np.eye(40)
    asked.fitted = {}
    unbought = np.flatnonzero((asked.data.purchases[[0], :].toarray()[0] == 0) & (np.arange(40) % 2 == 0))
    reasons = asked.reasons("hybrid", np.array([0]), unbought[None, :1])
    code, evidence = told(next(iter(reasons)))
    assert code == "shared_terms" and set(evidence["terms"]) <= {"green", "tea", "leaves"} and evidence["terms"]


def test_a_long_history_is_held_to_its_strongest_products():
    world = snapshot([(0, product, product) for product in range(60)], customers=2, products=60)
    asked = explainer(world)
    asked.vectors = np.eye(60)
    asked.vectors[59] = asked.vectors[0]  # the weakest of the history is the only one near
    [near] = asked.reasons("hybrid", np.array([0]), np.array([[59]]))
    history, _ = _strongest(asked.data.strength[[0], :])
    nearest, cosine = asked._nearest(history, np.array([[59]]))
    assert near[0] == "bought_before" and cosine[0, 0] < 0.5 and nearest[0, 0] >= 10
