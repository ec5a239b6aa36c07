"""Customers as of a day: what was known of each by then, what each could open, and what each opened within a year."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from ml.next_product.facts import Facts

MONTH, YEAR = 365.25 / 12, 365.25
HORIZON = 365
PATTERN = 12
RECENT = 2
COVERED = 0.9
FIRST_DAY = date(2000, 1, 1)
MONEY = ("income", "spending", "balance")


@dataclass(frozen=True)
class Panel:
    """One row per customer known on a day; panels of several days can be joined.

    Attributes:
        customer: position of the customer.
        features: rows × names, NaN where nobody knew.
        could: rows × products, whether the customer held fewer of it than allowed.
        opened: rows × products, whether it was opened within the horizon after the day.
        year: when the day was, in years since 2000-01-01.
    """

    names: list[str]
    customer: np.ndarray
    features: np.ndarray
    could: np.ndarray
    opened: np.ndarray
    year: np.ndarray


def panel(facts: Facts, day: int, with_money: bool, horizon: int = HORIZON) -> Panel:
    """Return those known by the end of a day who may be personalised for; nothing later is in their features."""
    known, shape = facts.known_at(day), (len(facts.customer_ids), len(facts.product_ids))
    first = np.full(shape[0], np.nan)
    first[known["customer"][::-1]] = known["opened"][::-1]
    columns = {
        "age": (FIRST_DAY + timedelta(days=day)).year - facts.birth_year,
        "owner": (np.bincount(known["customer"], known["is_own"], shape[0]) > 0).astype(float),
        "months a customer": (day - first) / MONTH,
    }
    for at, kind in enumerate(facts.kinds):
        last, of_kind = np.full(shape[0], np.nan), known[known["kind"] == at]
        last[of_kind["customer"]] = of_kind["opened"]
        columns[f"months since {kind}"] = (day - last) / MONTH
    if with_money:
        columns |= dict(zip(MONEY, _money(facts, day), strict=True))
    held = known[(known["ended"] > day) & (known["product"] >= 0)]
    soon = facts.opened_within(day, day + horizon)
    rows = np.flatnonzero(~np.isnan(first) & facts.may_personalise)
    return Panel(
        names=list(columns),
        customer=rows,
        features=np.column_stack([column[rows] for column in columns.values()]),
        could=(_count(held, shape) < facts.max_held)[rows],
        opened=(_count(soon[soon["product"] >= 0], shape) > 0)[rows],
        year=np.full(len(rows), day / YEAR),
    )


def joined(panels: list[Panel]) -> Panel:
    """Return the rows of all, one panel after another."""
    names = ("customer", "features", "could", "opened", "year")
    return Panel(panels[0].names, *(np.concatenate([getattr(each, name) for each in panels]) for name in names))


def money_is_known(facts: Facts, days: list[int]) -> bool:
    """Say whether on each of the days nearly all who owned something had movements lately.

    Where movements are known of a part only, who belongs to that part may itself depend on what is to be foretold (a
    bank that keeps the statements of its borrowers), so that they would foretell what they should not know.
    """
    for day in days:
        known = facts.known_at(day)
        owners = np.unique(known["customer"][known["is_own"]])
        end = _month(day)
        lately = facts.flows[(facts.flows["month"] < end) & (facts.flows["month"] >= _months_before(end, RECENT))]
        if np.isin(owners, lately["customer"]).sum() < COVERED * len(owners) or not len(owners):
            return False
    return bool(days)


def _money(facts: Facts, day: int) -> tuple[np.ndarray, ...]:
    """Return monthly income and spending of the last whole months, and what all movements before add up to."""
    end, people = _month(day), len(facts.customer_ids)
    before = facts.flows[facts.flows["month"] < end]
    late = before[before["month"] >= _months_before(end, PATTERN)]
    months = np.bincount(late["customer"], minlength=people)
    seen = np.where(months > 0, months, np.nan)
    balance = np.bincount(before["customer"], before["income"] - before["spending"], people)
    sums = [np.bincount(late["customer"], late[name], people) / seen for name in ("income", "spending")]
    return *sums, np.where(np.isnan(seen), np.nan, balance)


def _month(day: int) -> int:
    return ((FIRST_DAY + timedelta(days=day + 1)).replace(day=1) - FIRST_DAY).days


def _months_before(day: int, months: int) -> int:
    then = FIRST_DAY + timedelta(days=day)
    whole = then.year * 12 + then.month - 1 - months
    return (date(whole // 12, whole % 12 + 1, 1) - FIRST_DAY).days


def _count(rows: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    at = rows["customer"].astype(np.int64) * shape[1] + rows["product"]
    return np.bincount(at, minlength=shape[0] * shape[1]).reshape(shape)
