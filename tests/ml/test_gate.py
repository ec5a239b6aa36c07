"""The gate that a challenger passes before its lists replace those of the champion: saboteurs and honest retrains."""

from dataclasses import replace

import numpy as np
import pytest

from ml import canaries, champion, evaluation, features, gate, models
from ml.models import als, lightfm_hybrid, two_stage
from ml.snapshot import in_canonical_order
from tests.ml.worlds import shop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
RETRAINS = 20
SEGMENT = np.random.default_rng(6).permutation(480)[:100]  # of all cities and habits


class Trial:
    """One window of a shop, the champion fitted on it, and what the gate says of anyone else."""

    def __init__(self):
        self.snapshot = replace(shop(memory=8), segments={"regulars": SEGMENT})  # what was long ago is not bought again
        cut = evaluation.split(self.snapshot)
        data, self.planted = canaries.plant(cut)
        self.cut, self.data = replace(cut, data=data), data
        self.fitted = models.fit_all(data)
        self.slices = gate.slices(self.snapshot, data.basket_counts)
        self.measured = {
            kind: {
                name: measure(self.fitted[name], self.cut) for name in (*gate.SAME_FOR_ALL, gate.PERSONAL, "two_stage")
            }
            for kind, (measure, _) in champion.KINDS.items()
        }

    def failed(self, challenger):
        """Return the checks that a challenger fails, of both kinds of list."""
        foretold = self.planted.are_foretold(challenger)
        return [
            check
            for kind, (measure, _) in champion.KINDS.items()
            for check in gate.checks(
                measure(challenger, self.cut),
                self.measured[kind],
                self.measured[kind]["two_stage"],
                self.slices,
                foretold,
            )
            if not check.passed
        ]

    def trained_on(self, change=None, history=None):
        """Fit two stages on interactions that were tampered with, and let them rank the true histories."""
        interactions = self.data.snapshot.interactions.copy()
        if change:
            change(interactions)
        order = np.lexsort(
            [interactions[name] for name in ("is_purchase", "weight", "product", "customer", "occurred_at")]
        )
        history = self.data.history if history is None else history
        tampered = replace(self.data.snapshot, interactions=in_canonical_order(interactions))
        fitted = models.fit_all(features.training(tampered, history[order]))
        return fitted["two_stage"]


@pytest.fixture(scope="module")
def trial():
    return Trial()


class Changed:
    """The champion, but its scores are passed through a function of (scores, customers)."""

    def __init__(self, model, change):
        self.model, self.change = model, change
        self.for_new = self if not hasattr(model, "for_new") else Changed(model.for_new, change)

    def scores(self, customers):
        return self.change(np.array(self.model.scores(customers)), customers)


def of_model(change):
    return lambda trial: Changed(trial.fitted["two_stage"], lambda scores, customers: change(trial, scores, customers))


def chance(scores):
    return np.random.default_rng(3).random(scores.shape).astype(np.float32)


def some(scores, where, other):
    scores[where] = other[where]
    return scores


def city_is(trial, customers, city):
    return np.array([trial.snapshot.attributes["city"][customer] == city for customer in customers])


def shuffled(column):
    def change(rows):
        rows[column] = np.random.default_rng(4).permutation(rows[column])

    return change


def reversed_in_time(rows):
    rows["occurred_at"] = rows["occurred_at"].max() - rows["occurred_at"]


def without(share):
    """Lose a share of the rows at random."""
    return lambda trial: trial.trained_on(
        history=trial.data.history & (np.random.default_rng(5).random(len(trial.data.history)) > share)
    )


def stale(trial):
    moments = trial.data.snapshot.interactions["occurred_at"]
    return trial.trained_on(history=trial.data.history & (moments < np.quantile(moments, 0.5)))


def without_a_city(trial):
    rows = trial.data.snapshot.interactions
    return trial.trained_on(history=trial.data.history & ~city_is(trial, rows["customer"], "city 2"))


def of_shuffled_labels(trial):
    random = np.random.default_rng(9)
    windows = two_stage.windows(trial.data.snapshot, trial.data.history, two_stage.WINDOWS)
    found = [two_stage.examples(trial.data, window) for window in windows]
    found = [(pairs, random.permutation(labels)) for pairs, labels in found]
    honest = trial.fitted["two_stage"]
    blind = two_stage.TwoStage()
    blind.ranked = replace(honest.ranked, rankers=[fit() for fit in two_stage.rankers(found)])
    new = [fit() for fit in two_stage.rankers([two_stage.only_new(*each) for each in found])]
    blind.for_new = replace(honest.for_new, rankers=new)
    return blind


def with_the_future(trial):
    return models.fit_all(features.training(trial.data.snapshot))["two_stage"]


def heavy(trial, customers):
    return trial.data.basket_counts[customers] > 4


SABOTAGED = {
    "shuffled labels": of_shuffled_labels,
    "the future leaked": with_the_future,
    "half the data": without(0.5),
    "nine tenths of the data lost": without(0.9),
    "data as of half a year ago": stale,
    "products mixed up": lambda trial: trial.trained_on(shuffled("product")),
    "customers mixed up": lambda trial: trial.trained_on(shuffled("customer")),
    "time runs backwards": lambda trial: trial.trained_on(reversed_in_time),
    "the history of a city lost": without_a_city,
    "no number at all": of_model(lambda trial, scores, customers: scores * np.nan),
    "no number for one product": of_model(
        lambda trial, scores, customers: some(scores, (slice(None), 7), scores * np.nan)
    ),
    "infinite for one product": of_model(
        lambda trial, scores, customers: some(scores, (slice(None), 7), scores + np.inf)
    ),
    "a clone of what is popular": lambda trial: trial.fitted["popular"],
    "a clone of what sells of late": lambda trial: trial.fitted["trending"],
    "the same score for all": of_model(lambda trial, scores, customers: scores * 0),
    "chance": of_model(lambda trial, scores, customers: chance(scores)),
    "the worst first": of_model(lambda trial, scores, customers: -scores),
    "chance for one city": of_model(
        lambda trial, scores, customers: some(scores, city_is(trial, customers, "city 4"), chance(scores))
    ),
    "what is popular for one city": of_model(
        lambda trial, scores, customers: some(
            scores, city_is(trial, customers, "city 1"), trial.fitted["popular"].scores(customers)
        )
    ),
    "chance for those who come often": of_model(
        lambda trial, scores, customers: some(scores, heavy(trial, customers), chance(scores))
    ),
    "chance for one segment": of_model(
        lambda trial, scores, customers: some(scores, np.isin(customers, SEGMENT), chance(scores))
    ),
    "the list of somebody else": of_model(lambda trial, scores, customers: np.roll(scores, 1, axis=0)),
}


@pytest.mark.parametrize("how", SABOTAGED)
def test_a_sabotaged_challenger_is_refused(trial, how):
    failed = trial.failed(SABOTAGED[how](trial))
    print(f"\n{how}: refused by {len(failed)}, first by: {failed[0] if failed else 'NONE'}")
    assert failed


def test_a_leak_is_caught_as_what_it_is_and_whoever_saw_nothing_is_not_suspected(trial):
    assert trial.planted.are_foretold(with_the_future(trial))
    assert [name for name, model in trial.fitted.items() if trial.planted.are_foretold(model)] == []


@pytest.mark.parametrize("seed", range(RETRAINS))
def test_an_honest_retrain_on_the_same_data_is_accepted(trial, monkeypatch, seed):
    monkeypatch.setattr(lightfm_hybrid, "SEED", seed)
    monkeypatch.setattr(als, "SEED", seed)
    monkeypatch.setattr(two_stage, "SEEDS", tuple(3 * seed + at for at in range(3)))
    retrained = models.fit_all(trial.data)["two_stage"]
    ndcg = [evaluation.measure(each, trial.cut).values["ndcg"] for each in (retrained, trial.fitted["two_stage"])]
    assert (ndcg[0] != ndcg[1]).any()
    assert trial.failed(retrained) == []
