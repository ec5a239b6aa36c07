"""The families of models: one file each, listed here in the order in which they are fitted and measured."""

from collections.abc import Iterator

from ml.features import Training
from ml.models import families
from ml.models.blended import Blended
from ml.models.families import GENERATORS, Learned, Recommender
from ml.models.sequential import Sequential
from ml.models.two_stage import TwoStage

FAMILIES = (*GENERATORS, Blended, TwoStage)


def known(data: Training) -> tuple[type[Recommender], ...]:
    """Return the families that there are for `data`: sequences where `make deep` learned from that history."""
    return (*FAMILIES, Sequential) if Sequential.is_known(data) else FAMILIES


def fitting(data: Training) -> Iterator[tuple[str, Recommender]]:
    """Fit every family on the same data, and yield each as soon as it is ready."""
    return families.fitting(data, known(data))


def fit_all(data: Training) -> dict[str, Recommender]:
    """Fit every family on the same data; return them by name."""
    return dict(fitting(data))


def learned(fitted: dict[str, Recommender]) -> Learned:
    """Return what families learned, those that only count left out."""
    return {name: model.learned for name, model in fitted.items() if hasattr(model, "learned")}


def using(data: Training, found: Learned) -> dict[str, Recommender]:
    """Let every family use what was learned before; those that only count do so on `data`."""
    return dict(families.fitting(data, known(data), found))
