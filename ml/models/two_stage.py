"""Two stages: the families propose, a ranker decides that learned from past windows what came true.

The ranker is LambdaMART (Burges 2010, MSR-TR-2010-82) of LightGBM: one for lists that may repeat what was bought,
one for products that are new to the customer.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import lightgbm
import numpy as np

from ml.candidates import Candidates, Pairs
from ml.features import Training, bought, training
from ml.models import families
from ml.models.trending import below
from ml.windows import Window, sampled, windows

WINDOWS, ROUNDS, SEEDS, THREADS = 3, 120, (20, 21, 22), 2
LEARNED_FROM = 10_000  # customers of a window: more take memory, and teach the ranker little
PARAMS = {
    "objective": "lambdarank",
    "num_leaves": 15,
    "learning_rate": 0.1,
    "min_data_in_leaf": 50,
    "feature_fraction": 0.7,
    "lambda_l2": 5.0,
    "lambdarank_truncation_level": 20,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}
KINDS = ("ranked", "for_new")


@dataclass(frozen=True)
class Ranked:
    """Scores candidates by the mean of one ranker per seed; what nobody proposed stands below, in order of `below`."""

    candidates: Candidates
    rankers: list[lightgbm.Booster]
    below: np.ndarray

    def scores(self, customers: np.ndarray) -> np.ndarray:
        """Return customers × products."""
        pairs = self.candidates.pairs(customers)
        whole = np.tile(self.below, (len(customers), 1))
        if self.rankers and len(pairs.row):
            features = pairs.of(self.rankers[0].feature_name())
            whole[pairs.row, pairs.product] = np.mean([each.predict(features) for each in self.rankers], axis=0)
        return whole


class TwoStage:
    """Ranks for lists that may repeat what was bought; `for_new` ranks what is new to the customer."""

    name = "two_stage"

    def fit(self, data: Training, fitted: dict) -> "TwoStage":
        """Learn the rankers on windows inside the history; the families of `fitted` propose from its end on."""
        with ThreadPoolExecutor(THREADS) as pool:  # what takes long lets go of the interpreter's lock
            found = list(pool.map(partial(examples, data), windows(data.snapshot, data.history, WINDOWS)))
            new = [only_new(*each) for each in found]
            fits = {"ranked": rankers(found), "for_new": rankers(new, shared_only=True)}
            futures = {name: [pool.submit(fit) for fit in of] for name, of in fits.items()}
        learned = {
            f"{name}_{at}": _as_bytes(each.result()) for name, of in futures.items() for at, each in enumerate(of)
        }
        return self.use(data, fitted, learned)

    def use(self, data: Training, fitted: dict, learned: dict[str, np.ndarray]) -> "TwoStage":
        """Take rankers found before, in LightGBM's own text as bytes; the families of `fitted` propose."""
        self.learned = learned
        candidates = Candidates(data, fitted)
        of = {name: [_as_ranker(each) for key, each in learned.items() if key.startswith(name)] for name in KINDS}
        self.ranked, self.for_new = (Ranked(candidates, of[name], below(fitted)) for name in KINDS)
        return self

    def scores(self, customers: np.ndarray) -> np.ndarray:
        """Return customers × products."""
        return self.ranked.scores(customers)


def _as_bytes(ranker: lightgbm.Booster) -> np.ndarray:
    return np.frombuffer(ranker.model_to_string().encode(), dtype=np.uint8)


def _as_ranker(text: np.ndarray) -> lightgbm.Booster:
    return lightgbm.Booster(model_str=text.tobytes().decode())


def examples(data: Training, window: Window) -> tuple[Pairs, np.ndarray]:
    """Return what the families, fitted on a window's history alone, proposed to those who came back.

    Beside it a label each: 1 where the target event followed within the window, else 0.
    """
    past, future = training(data.snapshot, window.history), bought(data.snapshot, window.future)
    customers = sampled(np.flatnonzero((np.diff(future.indptr) > 0) & past.is_warm), LEARNED_FROM)
    pairs = Candidates(past, dict(families.fitting(past, families.GENERATORS))).pairs(customers)
    return pairs, np.asarray(future[customers[pairs.row], pairs.product]).ravel()


def only_new(pairs: Pairs, labels: np.ndarray) -> tuple[Pairs, np.ndarray]:
    """Leave out what the customer had bought before."""
    return pairs.where(pairs.is_new), labels[pairs.is_new]


def rankers(found: list[tuple[Pairs, np.ndarray]], shared_only: bool = False) -> list[Callable[[], lightgbm.Booster]]:
    """Return what fits a ranker per seed on those of whom a candidate came true; none where there is nobody."""
    kept = []
    for pairs, labels in found:
        has_hit = np.bincount(pairs.row, labels)[pairs.row] > 0 if len(labels) else np.zeros(0, dtype=bool)
        kept += [(pairs.where(has_hit), labels[has_hit])] if has_hit.any() else []
    if not kept:
        return []
    groups = np.concatenate([np.unique(pairs.row, return_counts=True)[1] for pairs, _ in kept])
    first = kept[0][0]
    names = first.names[: first.shared] if shared_only else first.names
    features = np.concatenate([pairs.of(names) for pairs, _ in kept])
    labels = np.concatenate([labels for _, labels in kept])

    def fit(seed: int) -> lightgbm.Booster:
        data = lightgbm.Dataset(features, labels, group=groups, feature_name=names)
        return lightgbm.train(PARAMS | {"seed": seed}, data, ROUNDS)

    return [partial(fit, seed) for seed in SEEDS]
