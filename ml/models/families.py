"""What a family of models must offer, and those that propose candidates to the ranker."""

from collections.abc import Iterator
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


class Recommender(Protocol):
    """What a family must offer."""

    name: str

    def fit(self, data: Training, fitted: dict[str, "Recommender"]) -> "Recommender":
        """Learn from `data`; `fitted` holds the families fitted before this one, for models made of others."""

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


def fitting(data: Training, families: tuple[type[Recommender], ...]) -> Iterator[tuple[str, Recommender]]:
    """Fit families on the same data, and yield each as soon as it is ready."""
    fitted: dict[str, Recommender] = {}
    for family in families:
        fitted[family.name] = family().fit(data, fitted)
        yield family.name, fitted[family.name]
