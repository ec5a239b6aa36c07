"""SASRec: the order in which a customer chose foretells what comes next (Kang & McAuley 2018, arXiv:1808.09781).

It learns in an environment of its own (`ml/deep`, `make deep`) and leaves what it foretold in `ml.sequences`; here that
is read, and only where it was foretold from this very history.
"""

import numpy as np

from ml.features import Training
from ml.models.trending import below


class Sequential:
    """The scores of what was foretold; everything else stands below, what sold of late first."""

    name = "sasrec"

    @staticmethod
    def is_known(data: Training) -> bool:
        """Say whether there are sequences for this history."""
        return int(data.history.sum()) in data.snapshot.sequences

    def fit(self, data: Training, fitted: dict) -> "Sequential":
        """Take what was foretold; `fitted` holds `trending`."""
        self.foretold = data.snapshot.sequences[int(data.history.sum())]
        self.below = below(fitted)
        return self

    def scores(self, customers: np.ndarray) -> np.ndarray:
        """Return customers × products."""
        whole = np.tile(self.below, (len(customers), 1))
        entries = self.foretold[customers].tocoo()
        whole[entries.row, entries.col] = entries.data
        return whole
