"""Customers without history: which family ranks for them is settled by what such customers bought after the cut."""

from dataclasses import replace

import numpy as np

from ml import evaluation, gate
from ml.evaluation import Split

METRIC = f"cold_{gate.METRIC}"
BY_ATTRIBUTES, UNMEASURED = "lightfm", "popular"


def measured(cut: Split | None, fitted: dict) -> list[tuple[str, str, np.ndarray]]:
    """Return (family, METRIC, NDCG of each customer who came after the cut) of what can rank for newcomers."""
    if cut is None:
        return []
    newcomers = np.flatnonzero(~cut.data.is_warm & (np.diff(cut.truth.indptr) > 0))
    if not len(newcomers):
        return []
    judged = replace(cut, judged=newcomers)
    families = (*gate.SAME_FOR_ALL, BY_ATTRIBUTES)
    return [(name, METRIC, evaluation.measure(fitted[name], judged).values[gate.METRIC]) for name in families]


def chosen(found: list[tuple[str, str, np.ndarray]]) -> dict[str, str]:
    """Return the families for customers of whom attributes are known (`features`), and nothing (`nothing`).

    Where too few came to tell, attributes count, and what most customers bought.
    """
    if not found or len(found[0][2]) < gate.FEWEST:
        return {"features": BY_ATTRIBUTES, "nothing": UNMEASURED}
    means = {name: values.mean() for name, _, values in found}
    same = max(gate.SAME_FOR_ALL, key=means.get)
    return {"features": max((BY_ATTRIBUTES, same), key=means.get), "nothing": same}
