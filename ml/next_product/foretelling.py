"""All models of all products: fitted on past panels, asked on a later one."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from ml.next_product import models
from ml.next_product.facts import Facts
from ml.next_product.panel import YEAR, Panel, joined, panel

MODELS = ("popular", "logistic", "logistic_drift", "boosted", "boosted_drift")


@dataclass(frozen=True)
class Foretold:
    """What was foretold of a panel.

    Attributes:
        panel: whom it was foretold of.
        probability: per name of MODELS rows × products.
        rate: the base rate of each product.
        learned: per position of a product with enough openings the fitted models by family; of others all models say
            the base rate.
    """

    panel: Panel
    probability: dict[str, np.ndarray]
    rate: np.ndarray
    learned: dict[int, dict]


def foretold(facts: Facts, day: int, past: list[int], with_money: bool, horizon: int) -> Foretold:
    """Fit every model on the panels of the past days, and ask it on the panel of `day`."""
    now = panel(facts, day, with_money, horizon)
    history = joined([panel(facts, each, with_money, horizon) for each in past])
    products = now.could.shape[1]
    rate, learned = np.zeros(products), {}
    probability = {name: np.zeros(now.could.shape) for name in MODELS}
    for product in range(products):
        could = history.could[:, product]
        features, opened, year = history.features[could], history.opened[could, product], history.year[could]
        rate[product] = models.rate(opened, year)
        for name in MODELS:
            probability[name][:, product] = rate[product]
        if not models.FEWEST_OPENINGS <= opened.sum() < len(opened):
            continue
        learned[product] = {family: fit(features, opened) for family, fit in models.FAMILIES.items()}
        for family, model in learned[product].items():
            log_odds = model.log_odds(now.features)
            shift = models.drift(model.log_odds(features), opened, year, day / YEAR)
            probability[family][:, product] = expit(log_odds)
            probability[f"{family}_drift"][:, product] = expit(log_odds + shift)
    return Foretold(now, probability, rate, learned)
