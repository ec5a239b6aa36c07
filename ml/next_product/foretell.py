"""One bank from its marts to what each customer will open next: read, choose, measure on the last year, write."""

from datetime import timedelta

import numpy as np
import psycopg

from ml import writing
from ml.next_product import facts as bank
from ml.next_product import judging, lists
from ml.next_product.facts import Facts
from ml.next_product.foretelling import MODELS, Foretold, foretold
from ml.next_product.panel import FIRST_DAY, money_is_known
from ml.progress import announcer

HORIZON, STEP, MOST_PANELS = 365, 91, 16
# Days before the window that is judged: the windows on which the model is chosen.
EARLIER = (365, 547, 730)
UNPROVEN = "popular"


def foretell(connection: psycopg.Connection, business: str) -> None:
    """Replace a bank's next products, and the measures of how well such were foretold a year ago.

    A business whose customers hold nothing with a date is no bank: nothing is said of it.
    """
    say = announcer(business)
    with writing.alone(connection, business):
        facts = bank.read(connection, business)
        measured, calibrated, offered = [], [], []
        if len(facts.holdings):
            chosen, judged = judge(facts, say)
            if judged is not None:
                cut = (FIRST_DAY + timedelta(days=facts.now - HORIZON), HORIZON)
                measured = [(*row, *cut) for row in judging.measures(judged, chosen, facts.product_ids)]
                calibrated = list(judging.bins(judged, facts.product_ids))
                _tell(say, measured, chosen)
            latest = ask(facts, facts.now)
            if latest is not None:
                offered = list(lists.rows(connection, business, facts, latest, chosen))
            say(f"{len(offered):,} suitable products that {len({row[0] for row in offered}):,} customers may open next")
        with connection.transaction():
            writing.replace(connection, "next_product_measures", business, measured)
            writing.replace(connection, "next_product_calibrations", business, calibrated)
            writing.replace(connection, "next_products", business, offered)


def judge(facts: Facts, say) -> tuple[str, Foretold | None]:
    """Return the model that foretold best on earlier windows, and what all models foretold of the last year.

    The last year has no say in the choice. None where nothing can be learned before it.
    """
    cut = facts.now - HORIZON
    windows = [found for found in (ask(facts, cut - days) for days in EARLIER) if found is not None and found.learned]
    losses = {model: np.mean([judging.mean_loss(found, model) for found in windows]) for model in MODELS if windows}
    chosen = min(losses, key=losses.get) if losses else UNPROVEN
    say(f"next product by {chosen}, the best of {len(windows)} earlier windows")
    judged = ask(facts, cut)
    return chosen, judged if judged is not None and judged.learned else None


def ask(facts: Facts, day: int) -> Foretold | None:
    """Return what the panels before a day foretell of it; None where there is no panel."""
    first = int(facts.holdings["opened"].min())
    past = list(range(day - HORIZON, first - 1, -STEP))[:MOST_PANELS]
    return foretold(facts, day, past, money_is_known(facts, [*past, day]), HORIZON) if past else None


def _tell(say, measured: list[tuple], chosen: str) -> None:
    for product, model, metric, value, behind, low, high, customers, openings, *_ in measured:
        if product == "*" and metric == "log_loss":
            against = "" if behind is None else f", behind by {behind:.4f} ({low:.4f} to {high:.4f})"
            mark = " *" if model == chosen else ""
            say(f"  {model + mark:16s} log-loss {value:.4f}{against} · {openings} openings, {customers:,} customers")
