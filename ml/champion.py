"""Which family may rank each kind of list: all are measured on the last window, the best is held against the gate."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
from lightgbm.basic import LightGBMError

from ml import canaries, evaluation, files, gate, models, writing
from ml.evaluation import Measured, Split
from ml.snapshot import Snapshot

# Kind of list: how its lists are judged, and what its measures are called.
KINDS = {"recommendations": (evaluation.measure, ""), "discoveries": (evaluation.measure_new, "new_")}
UNMEASURED = gate.PERSONAL


@dataclass
class Choice:
    """What was measured and decided.

    Attributes:
        cut: the window, None where nobody can be judged.
        measured: per kind of list and family.
        chosen: the family of each kind of list for which one passed.
        asked: (kind of list, family, its checks) in the order in which they were asked.
        learned: what the families learned before the cut.
    """

    cut: Split | None = None
    measured: dict[str, dict[str, Measured]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    chosen: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str, list[gate.Check]]] = field(default_factory=list)
    learned: models.Learned = field(default_factory=dict)

    def best(self) -> dict[str, str]:
        """Return the best family of each kind of list, whether it passed or not."""
        return {kind: _by_merit(found)[0] for kind, found in self.measured.items() if found}

    def measures(self, only: str | None = None) -> Iterator[tuple[str, str, np.ndarray]]:
        """Yield (family, metric, value of each customer) of all or of one; `new_…` are metrics of what is new."""
        for kind, found in self.measured.items():
            for family in [only] if only else found:
                for metric, values in found[family].values.items():
                    if len(values):
                        yield family, KINDS[kind][1] + metric, values

    def refusals(self) -> list[str]:
        """Return why the best family was refused, of each kind of list for which none passed."""
        best = self.best()
        return [
            f"{kind} by {family}: {check}"
            for kind, family, checks in self.asked
            if kind not in self.chosen and family == best[kind]
            for check in checks
            if not check.passed
        ]


def choose(snapshot: Snapshot, champion: writing.Champion | None, say: Callable[[str], None]) -> Choice:
    """Measure every family on the last window, and let the best one that passes the gate rank each kind of list."""
    choice = Choice(cut=evaluation.split(snapshot))
    if choice.cut is None:
        say("nothing to measure: nobody did anything both before and after a cut in time")
        choice.chosen = dict.fromkeys(KINDS, UNMEASURED)
        return choice
    data, planted = canaries.plant(choice.cut)
    choice.cut = cut = replace(choice.cut, data=data)
    when = f"from {writing.as_time(cut.cut_at):%Y-%m-%d %H:%M} on" if cut.cut_at else "by the last of each one's own"
    say(f"measuring on {len(cut.judged):,} customers {when}")
    fitted = {}
    for name, model in models.fitting(data):
        fitted[name] = model
        for kind, (measure, _) in KINDS.items():
            choice.measured[kind][name] = measure(model, cut)
        means = (f"{metric} {values.mean():.4f}" for _, metric, values in choice.measures(name))
        say(f"  {name:14s}" + "  ".join(means))
    choice.learned = models.learned(fitted)
    standing = _measured_again(champion, cut, say)
    slices = gate.slices(snapshot, data.basket_counts)
    saw_the_future = cache(lambda name: planted.are_foretold(fitted[name]))  # asked of both kinds of list
    for kind, found in choice.measured.items():
        for name in _by_merit(found):
            checks = gate.checks(found[name], found, standing.get(kind), slices, saw_the_future(name))
            choice.asked.append((kind, name, checks))
            if all(check.passed for check in checks):
                choice.chosen[kind] = name
                break
    return choice


def _by_merit(found: dict[str, Measured]) -> list[str]:
    """Return families that are not the same for everybody, the one with the highest mean first."""
    personal = [name for name in found if name not in gate.SAME_FOR_ALL]
    return sorted(personal, key=lambda name: -found[name].values[gate.METRIC].mean())


def _measured_again(champion: writing.Champion | None, cut: Split, say) -> dict[str, Measured]:
    """Return the champion's measures by kind of list: what it learned before its cut, on today's histories."""
    if champion is None or champion.sha256 is None:
        return {}
    if (champion.cut_at or 0) > (cut.cut_at or 0):
        say(f"run {champion.run_id} learned from what it would be judged by; it is not compared")
        return {}
    try:
        fitted = models.using(cut.data, files.load(cut.data.snapshot, champion.run_id, champion.sha256))
        return {kind: measure(fitted[champion.chosen[kind]], cut) for kind, (measure, _) in KINDS.items()}
    except (files.ModelFileError, LightGBMError, ValueError, KeyError) as error:
        say(f"the model of run {champion.run_id} is refused, the challenger is held against the baselines: {error}")
        return {}
