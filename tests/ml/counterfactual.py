"""What scores would be had some of it never happened: the measure of whether a reason is one."""

import json
from collections import Counter
from dataclasses import replace

import numpy as np
import scipy.sparse as sp

from ml import ranking
from ml.candidates import Candidates
from ml.explain import Explainer
from ml.models.families import GENERATORS

PLACES = (0, 3, 6, 9)  # of the lists
COUNTED = ("popular", "trending", "co_visitation")  # of everybody: one customer's history moves it by next to nothing


def never_happened(data, fitted, customers, products):
    """Return candidates as they would be without pairs of customer and product, by models that stay as they are."""
    gone = sp.csr_array((np.ones(len(customers)), (customers, products)), shape=data.purchases.shape) > 0
    key = data.rows["customer"].astype(np.int64) * gone.shape[1] + data.rows["product"]
    kept = ~np.isin(key, customers.astype(np.int64) * gone.shape[1] + products)
    matrices = {name: getattr(data, name) for name in ("purchases", "strength")}
    left = {name: sp.csr_array(matrix - matrix.multiply(gone)) for name, matrix in matrices.items()}
    for matrix in left.values():
        matrix.eliminate_zeros()
    other, found = replace(data, rows=data.rows[kept], **left), {}
    for family in GENERATORS:
        model, before = family(), fitted[family.name]
        if family.name in COUNTED:
            model.__dict__ = before.__dict__ | ({"history": other.strength} if hasattr(before, "history") else {})
        else:
            model = model.use(other, found, before.learned) if hasattr(before, "learned") else model.fit(other, found)
        found[family.name] = model
    candidates = Candidates(other, found)
    candidates.products = fitted["two_stage"].ranked.candidates.products
    return candidates


def outcomes(data, fitted, kind, customers, evidence_of):
    """Return how often each reason code stood at PLACES of the lists, and how often the score fell without it.

    `evidence_of(customer, product, code, evidence)` names the products of the history that then had not happened.
    """
    ranked = fitted["two_stage"].ranked if kind == "recommendations" else fitted["two_stage"].for_new
    left_out = data.purchases[customers] if kind == "discoveries" else None
    scores = ranking.without(ranked.scores(customers), left_out)
    known = np.flatnonzero(data.may_be_proposed)
    lists = known[ranking.top(scores[:, known], 10)]
    told = Explainer(data.snapshot, data, fitted).reasons("hybrid", customers, lists)
    flat = [(code, json.loads(evidence)) for code, evidence in told]
    reasons = [flat[start : start + lists.shape[1]] for start in range(0, len(flat), lists.shape[1])]
    asked, fell = Counter(), Counter()
    for at in PLACES:
        gone = [
            (customer, product)
            for row, customer in enumerate(customers)
            for product in evidence_of(customer, lists[row, at], *reasons[row][at])
        ]
        after = replace(ranked, candidates=never_happened(data, fitted, *np.array(gone).T)).scores(customers)
        for row in range(len(customers)):
            code, product = reasons[row][at][0], lists[row, at]
            asked[code] += 1
            fell[code] += int(after[row, product] < scores[row, product])
    return asked, fell


def named(data):
    """Return a function that gives the products that a reason names."""
    place = {product: at for at, product in enumerate(data.snapshot.product_ids)}

    def evidence_of(customer, product, code, evidence):
        return (
            [product]
            if code == "bought_before"
            else [place[each["product_id"]] for each in evidence.get("products", [])]
        )

    return evidence_of
