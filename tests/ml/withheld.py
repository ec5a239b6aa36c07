"""A fifth of the products withheld from training and ranked among themselves: of a newcomer its words are known."""

import numpy as np
import scipy.sparse as sp

from ml import evaluation, features, ranking
from ml.models.als import Als
from ml.models.content import Content
from ml.models.newcomers import Newcomers

SHARE = 0.2


def judged(snapshot, seed):
    """Return NDCG@10 of each customer who chose one that was withheld: by newcomers, and by content's cosine."""
    rows, sold = snapshot.interactions, np.unique(snapshot.interactions["product"])
    withheld = np.sort(np.random.default_rng(seed).permutation(sold)[: int(len(sold) * SHARE)])
    history = ~np.isin(rows["product"], withheld)
    data = features.training(snapshot, history)
    truth = sp.csr_array(features.bought(snapshot, ~history)[:, withheld])
    customers = np.flatnonzero(data.is_warm & (np.diff(truth.indptr) > 0))
    found = []
    for model in (Newcomers().fit(data, {"als": Als().fit(data, {})}), Content().fit(data, {})):
        lists = ranking.top(model.scores(customers)[:, withheld].astype(np.float32), evaluation.K)
        found.append(evaluation.metrics(lists, truth[customers])["ndcg"])
    return found
