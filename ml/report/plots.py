"""The plots of the pages, each as an SVG text; the same numbers give the same bytes."""

import io

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

# Text stays text, a name with dollars too, and ids do not change from run to run.
STYLE = {"svg.fonttype": "none", "svg.hashsalt": "huaxiang", "text.parse_math": False, "font.size": 9}
STYLE |= {"axes.spines.top": False, "axes.spines.right": False}
TREATED, CONTROL, NEUTRAL = "#1f6f8b", "#b0b7bd", "#444444"
INTERVALS = (
    ("plain", "low", "high", TREATED),
    ("with what was before (CUPED)", "adjusted_low", "adjusted_high", "#e07a3f"),
    ("however often one looks", "always_valid_low", "always_valid_high", CONTROL),
)


def funnel(steps: list[dict]) -> str:
    """Draw how many customers of each arm took which step, as shares of the arm."""
    arms = list(dict.fromkeys(step["arm"] for step in steps))
    names = list(dict.fromkeys(step["step"] for step in sorted(steps, key=lambda step: step["number"])))
    members = {step["arm"]: step["customers"] for step in steps if step["step"] == "member"}
    counts = {(step["arm"], step["step"]): step["customers"] for step in steps}
    figure, axes = _figure(0.5 + 0.22 * len(names) * max(len(arms), 1))
    height = 0.8 / len(arms)
    for place, arm in enumerate(arms):
        shares = [counts.get((arm, name), 0) / members[arm] for name in names]
        at = [row + height * place for row in range(len(names))]
        colour = CONTROL if arm in ("hold_out", "not_contacted") else TREATED
        axes.barh(at, shares, height=height * 0.9, label=arm, color=colour)
    axes.set_yticks([row + 0.4 - height / 2 for row in range(len(names))], names)
    axes.invert_yaxis()
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.legend(frameon=False, loc="lower right")
    return _svg(figure)


def differences(lifts: list[dict]) -> str:
    """Draw the differences of one outcome with their three intervals, a row per arm and segment."""
    figure, axes = _figure(0.7 + 0.55 * len(lifts))
    for row, lift in enumerate(lifts):
        for place, (name, low, high, colour) in enumerate(INTERVALS):
            at, label = row + 0.2 * place, name if row == 0 else None
            axes.plot([lift[low], lift[high]], [at, at], color=colour, linewidth=2, label=label)
        axes.plot(lift["difference"], row, "o", color=TREATED)
        axes.plot(lift["adjusted_difference"], row + 0.2, "o", color="#e07a3f")
    axes.axvline(0, color=NEUTRAL, linewidth=0.8)
    axes.set_yticks([row + 0.2 for row in range(len(lifts))], [f"{one['arm']}: {one['segment']}" for one in lifts])
    axes.invert_yaxis()
    axes.legend(frameon=False, fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=3)
    return _svg(figure)


def balance(covariates: list[dict]) -> str:
    """Draw how many standard deviations the groups differed by before the campaign."""
    figure, axes = _figure(0.6 + 0.3 * len(covariates))
    names = [row["covariate"].replace("_", " ") for row in covariates]
    axes.plot([row["standardised_difference"] for row in covariates], names, "o", color=TREATED)
    for line, style in ((0, "-"), (-0.1, ":"), (0.1, ":")):
        axes.axvline(line, color=NEUTRAL, linewidth=0.8, linestyle=style)
    axes.margins(y=0.3)
    axes.set_xlabel("standard deviations; dotted: 0.1")
    return _svg(figure)


def credits(rows: list[dict]) -> str:
    """Draw what each model credits a channel's campaigns with, beside what they caused with its interval."""
    figure, axes = _figure(0.7 + 0.25 * len(rows))
    axes.barh([row["model"] for row in rows], [row["credited"] for row in rows], color=CONTROL, label="credited")
    first = rows[0]
    axes.axvspan(first["incremental_low"], first["incremental_high"], color=TREATED, alpha=0.15)
    axes.axvline(first["incremental"], color=TREATED, label="caused, with its 95 % interval")
    axes.invert_yaxis()
    axes.legend(frameon=False, fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=2)
    return _svg(figure)


def families(rows: list[dict]) -> str:
    """Draw the NDCG of each family of models, the best first."""
    figure, axes = _figure(0.6 + 0.25 * len(rows))
    axes.barh([row["model"] for row in rows], [row["ndcg"] for row in rows], color=TREATED)
    axes.invert_yaxis()
    axes.set_xlabel("NDCG@10")
    return _svg(figure)


def windows(rows: list[dict]) -> str:
    """Draw how much higher the NDCG of what is published was than each family's, a line with its interval a window."""
    compared = [row for row in rows if row["difference"] is not None]
    names = list(dict.fromkeys(row["model"] for row in compared))
    numbers = sorted({row["window_number"] for row in compared})
    figure, axes = _figure(0.7 + 0.16 * len(compared))
    for row in compared:
        at = names.index(row["model"]) + 0.2 * numbers.index(row["window_number"])
        axes.plot([row["low"], row["high"]], [at, at], color=TREATED, linewidth=2)
        axes.plot(row["difference"], at, "o", color=TREATED, markersize=3)
    axes.axvline(0, color=NEUTRAL, linewidth=0.8)
    axes.set_yticks([place + 0.1 * (len(numbers) - 1) for place in range(len(names))], names)
    axes.invert_yaxis()
    axes.set_xlabel("by how much what is published is better, NDCG@10; a line per window, the latest on top")
    return _svg(figure)


def _figure(height: float) -> tuple[Figure, Axes]:
    matplotlib.rcParams.update(STYLE)
    figure = Figure(figsize=(7, height), layout="constrained")
    return figure, figure.subplots()


def _svg(figure: Figure) -> str:
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    return text.getvalue()[text.getvalue().index("<svg") :]
