"""How good probabilities are: log-loss, Brier score, calibration, and by how much one model is behind another.

Log-loss and Brier score are proper scores (Gneiting and Raftery 2007). The bins of the calibration error hold equally
many rows, since openings are rare.
"""

from collections.abc import Iterator

import numpy as np

from ml.next_product.foretelling import Foretold

BINS = 10
RESAMPLES, SEED = 1000, 7
LEAST = 1e-6


def log_loss(probability: np.ndarray, opened: np.ndarray) -> np.ndarray:
    """Return the loss of each row in nats."""
    bounded = np.clip(probability, LEAST, 1 - LEAST)
    return -np.where(opened, np.log(bounded), np.log1p(-bounded))


def brier(probability: np.ndarray, opened: np.ndarray) -> np.ndarray:
    """Return the squared error of each row."""
    return (probability - opened) ** 2


def calibration(probability: np.ndarray, opened: np.ndarray) -> list[tuple[float, float, int]]:
    """Return (mean foretold, share that opened, rows) of BINS bins of equally many rows, the least probable first."""
    order = np.argsort(probability, kind="stable")
    bins = [each for each in np.array_split(order, BINS) if len(each)]
    return [(float(probability[each].mean()), float(opened[each].mean()), len(each)) for each in bins]


def calibration_error(probability: np.ndarray, opened: np.ndarray) -> float:
    """Return the mean distance between what the bins foretold and what came, weighted by their rows."""
    bins = calibration(probability, opened)
    return sum(abs(foretold - came) * rows for foretold, came, rows in bins) / len(probability)


def intervals(differences: np.ndarray, customer: np.ndarray) -> np.ndarray:
    """Return the 95 % interval of each column's mean, columns × 2: bootstrap over customers, whose rows go together."""
    people, who = np.unique(customer, return_inverse=True)
    sums = np.column_stack([np.bincount(who, column) for column in differences.T])
    rows, random = np.bincount(who), np.random.default_rng(SEED)
    means = np.empty((RESAMPLES, sums.shape[1]))
    for at in range(RESAMPLES):
        drawn = np.bincount(random.integers(0, len(people), len(people)), minlength=len(people))
        means[at] = drawn @ sums / (drawn @ rows)
    return np.quantile(means, [0.025, 0.975], axis=0).T


def mean_loss(found: Foretold, model: str) -> float:
    """Return the mean log-loss over all learned products and the customers who could open them."""
    pairs = _pairs(found, list(found.learned))
    return float(log_loss(found.probability[model][pairs], found.panel.opened[pairs]).mean())


def measures(found: Foretold, published: str, product_ids: list[str]) -> Iterator[tuple]:
    """Yield (product, model, metric, value, behind, its low end, its high end, customers, openings).

    Of each learned product, and of all as `*`. `behind` is by how much the model is worse than the published one, with
    its 95 % interval; null for the published one and for the calibration error, which is no mean of rows.
    """
    for product, pairs in _slices(found, product_ids):
        opened = found.panel.opened[pairs]
        customer = np.broadcast_to(found.panel.customer[:, None], pairs.shape)[pairs]
        counts = (len(np.unique(customer)), int(opened.sum()))
        told = {model: probability[pairs] for model, probability in found.probability.items()}
        for metric, score in (("log_loss", log_loss), ("brier", brier)):
            scores = {model: score(probability, opened) for model, probability in told.items()}
            behind = np.column_stack([each - scores[published] for each in scores.values()])
            ends = zip(behind.mean(axis=0).tolist(), *intervals(behind, customer).T.tolist(), strict=True)
            for (model, each), own in zip(scores.items(), ends, strict=True):
                against = (None,) * 3 if model == published else own
                yield product, model, metric, float(each.mean()), *against, *counts
        for model, probability in told.items():
            error = calibration_error(probability, opened)
            yield product, model, "calibration_error", error, None, None, None, *counts


def bins(found: Foretold, product_ids: list[str]) -> Iterator[tuple]:
    """Yield (product, model, bin from 1, mean foretold, share that opened, customers) as `calibration` finds them."""
    for product, pairs in _slices(found, product_ids):
        for model, probability in found.probability.items():
            for at, row in enumerate(calibration(probability[pairs], found.panel.opened[pairs])):
                yield product, model, at + 1, *row


def _slices(found: Foretold, product_ids: list[str]) -> Iterator[tuple[str, np.ndarray]]:
    yield "*", _pairs(found, list(found.learned))
    for product in found.learned:
        yield product_ids[product], _pairs(found, [product])


def _pairs(found: Foretold, products: list[int]) -> np.ndarray:
    """Return a mask over rows × products: who could open which of the products."""
    wanted = np.zeros_like(found.panel.could)
    wanted[:, products] = found.panel.could[:, products]
    return wanted
