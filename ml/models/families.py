"""What a family of models must offer, and those that propose candidates to the ranker."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import numpy as np

from ml.features import Training
from ml.models.als import Als
from ml.models.co_visitation import CoVisitation
from ml.models.content import Content
from ml.models.ease import Ease
from ml.models.lightfm_hybrid import LightFMHybrid
from ml.models.next_window import NextWindow
from ml.models.own_frequency import OwnFrequency
from ml.models.popular import Popular
from ml.models.trending import Trending

Learned = dict[str, dict[str, np.ndarray]]  # what each family learned


class Recommender(Protocol):
    """What a family must offer."""

    name: str

    def fit(self, data: Training, fitted: dict[str, "Recommender"]) -> "Recommender":
        """Learn from `data`; `fitted` holds the families fitted before this one, for models made of others.

        A family that does more than count keeps what it found in `learned`, named arrays, and can `use(data, fitted,
        learned)` what was found before. Rows of `customer_…` are customers, of `product_…` products; `items` are
        positions of products.
        """

    def scores(self, customers: np.ndarray) -> np.ndarray:
        """Return float scores of shape (len(customers), products); a greater score is better."""


GENERATORS: tuple[type[Recommender], ...] = (
    Popular,
    Trending,
    OwnFrequency,
    CoVisitation,
    Content,
    Als,
    Ease,
    NextWindow,
    LightFMHybrid,
)


def fitting(
    data: Training, families: tuple[type[Recommender], ...], learned: Learned | None = None
) -> Iterator[tuple[str, Recommender]]:
    """Fit families on the same data, or let them use what was `learned` before; yield each as soon as it is ready.

    What takes as long as all others together, and needs none of them, is fitted beside them.
    """
    fitted: dict[str, Recommender] = {}
    with ThreadPoolExecutor(1) as pool:  # it lets go of the interpreter's lock
        beside = {
            family: pool.submit(family().fit, data, {})
            for family in families
            if family is LightFMHybrid and family.name not in (learned or {})
        }
        for family in families:
            found = (learned or {}).get(family.name)
            if family in beside:
                fitted[family.name] = beside[family].result()
            else:
                fitted[family.name] = family().use(data, fitted, found) if found else family().fit(data, fitted)
            yield family.name, fitted[family.name]
