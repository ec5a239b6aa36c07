"""Who may not be shown what, and by which rule: masks of customers × products, computed for a block of customers."""

from collections.abc import Callable

import numpy as np
import scipy.sparse as sp

from ml.features import Training
from ml.rules import Rule, Rules
from ml.snapshot import DAY, EPOCH_YEAR

NOT_ON_OFFER = "not_on_offer"


class Eligibility:
    """Judges by what was known at the end of a history: a rule about age or days counts from there."""

    def __init__(self, rules: Rules, data: Training, on_offer: np.ndarray):
        """Take the rules, the history, and the products that there are to choose from."""
        self.rules, self.data, self.on_offer = rules, data, on_offer
        self.kinds: dict[str, Callable[[Rule, np.ndarray], np.ndarray]] = {
            "price_at_least": lambda rule, _: rules.prices < rule.value,
            "price_at_most": lambda rule, _: rules.prices > rule.value,
            "price_times_usual": self._too_dear,
            "owned": lambda _, customers: data.purchases[customers].toarray() > 0,
            "repurchase_interval": self._too_soon,
            "min_age": lambda rule, customers: ~(self._ages[customers] >= rule.value)[:, None],
            "max_age": lambda rule, customers: ~(self._ages[customers] <= rule.value)[:, None],
            "countries": self._elsewhere,
            "cooling_off": self._given_back,
            "suitability": self._unsuitable,
        }
        birth_years = data.snapshot.attributes["birth_year"]
        year = EPOCH_YEAR + data.moment / DAY // 365.25
        known = [np.nan if birth is None or not data.history.any() else year - birth for birth in birth_years]
        self._ages = np.array(known, dtype=float)
        self._bought = _days_since(data, data.rows)
        seen = data.snapshot.interactions[data.history]
        self._returned = _days_since(data, seen[seen["weight"] < 0])

    @property
    def rule_ids(self) -> list[str]:
        """Return the ids of the rules by number; behind them stands what is not on offer, which is no rule's choice."""
        return [rule.rule_id for rule in self.rules.rules] + [NOT_ON_OFFER]

    def excluded(self, kind_of_list: str, customers: np.ndarray) -> list[tuple[int, np.ndarray]]:
        """Return the number of each rule that excludes anything, with a mask of customers × products.

        An age, country or suitability that nobody knows excludes; a price or an interval that nobody knows does not.
        """
        shape = (len(customers), len(self.on_offer))
        found = [(len(self.rules.rules), ~self.on_offer)]
        for number, rule in enumerate(self.rules.rules):
            if kind_of_list in rule.lists and rule.kind in self.kinds:
                found.append((number, self.kinds[rule.kind](rule, customers) & rule.products))
        return [(number, np.broadcast_to(mask, shape)) for number, mask in found if mask.any()]

    def _too_dear(self, rule: Rule, customers: np.ndarray) -> np.ndarray:
        prices = np.nan_to_num(self.rules.prices, nan=0.0)
        bought = sp.csr_array(self.data.purchases[customers] > 0).multiply(prices)
        dearest = sp.csr_array(bought).max(axis=1).toarray().ravel()
        return (dearest > 0)[:, None] & (self.rules.prices > rule.value * dearest[:, None])

    def _too_soon(self, rule: Rule, customers: np.ndarray) -> np.ndarray:
        return _within(self._bought[customers], rule.value * self.rules.return_days)

    def _given_back(self, rule: Rule, customers: np.ndarray) -> np.ndarray:
        return _within(self._returned[customers], np.full(len(self.on_offer), rule.value))

    def _elsewhere(self, rule: Rule, customers: np.ndarray) -> np.ndarray:
        countries = self.data.snapshot.attributes["country"]
        return ~np.array([countries[customer] in rule.value for customer in customers], dtype=bool)[:, None]

    def _unsuitable(self, rule: Rule, customers: np.ndarray) -> np.ndarray:
        if self.rules.suitable is None:
            return np.zeros((len(customers), 1), dtype=bool)
        return ~self.rules.suitable[customers].toarray()


def _days_since(data: Training, rows: np.ndarray) -> sp.csr_array:
    """Return customers × products: one more than the days since the latest of `rows`, nothing where there is none."""
    key = rows["customer"].astype(np.int64) * len(data.known) + rows["product"]
    order = np.lexsort([-rows["occurred_at"], key])
    keys, first = np.unique(key[order], return_index=True)
    days = 1 + (data.moment - rows["occurred_at"][order[first]]) / DAY
    return sp.csr_array((days, np.divmod(keys, max(len(data.known), 1))), shape=data.purchases.shape)


def _within(since: sp.csr_array, days: np.ndarray) -> np.ndarray:
    """Say where something happened less than `days` (of each product) ago."""
    found = np.zeros(since.shape, dtype=bool)
    entries = since.tocoo()
    found[entries.row, entries.col] = entries.data - 1 < days[entries.col]
    return found
