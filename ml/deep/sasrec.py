"""SASRec by RecTools, with a sampled loss: it learns from what each customer chose, in order."""

import numpy as np
import pandas as pd
import scipy.sparse as sp
from pytorch_lightning import seed_everything
from rectools import Columns
from rectools.dataset import Dataset
from rectools.models import SASRecModel

from ml.features import Training

FACTORS, BLOCKS, HEADS, DROPOUT = 64, 2, 2, 0.2
LENGTH, NEGATIVES, BATCH, SEED = 50, 32, 64, 20
STEPS, FEWEST_EPOCHS, MOST_EPOCHS = 600, 10, 100  # few customers are learned more often
FORETOLD = 60  # products a customer, and as many that are new to it
FEWEST = 2  # events that make a sequence


def foretell(data: Training) -> sp.csr_array:
    """Return customers × products: the scores of the best products of each customer with a sequence.

    Empty where nobody did two things, or there are no two products.
    """
    events = np.bincount(data.rows["customer"], minlength=data.purchases.shape[0])
    if (events >= FEWEST).sum() == 0 or len(np.unique(data.rows["product"])) < 2:
        return sp.csr_array(data.purchases.shape, dtype=np.float32)
    batches = np.ceil((events >= FEWEST).sum() / BATCH)
    seed_everything(SEED, verbose=False)
    dataset = _dataset(data)
    model = SASRecModel(
        n_factors=FACTORS,
        n_blocks=BLOCKS,
        n_heads=HEADS,
        dropout_rate=DROPOUT,
        session_max_len=LENGTH,
        loss="gBCE",
        n_negatives=NEGATIVES,
        batch_size=BATCH,
        epochs=int(np.clip(STEPS / batches, FEWEST_EPOCHS, MOST_EPOCHS)),
        train_min_user_interactions=FEWEST,
        deterministic=True,
    ).fit(dataset)
    customers, items = np.flatnonzero(events), np.flatnonzero(data.may_be_proposed)
    asked = {"users": customers, "dataset": dataset, "k": FORETOLD, "items_to_recommend": items}
    asked["on_unsupported_targets"] = "ignore"  # who bought only what no sequence has
    parts = [model.recommend(filter_viewed=is_new, **asked) for is_new in (False, True)]
    found = pd.concat(parts).drop_duplicates([Columns.User, Columns.Item])
    at = (found[Columns.User].to_numpy(), found[Columns.Item].to_numpy())
    return sp.csr_array((found[Columns.Score].to_numpy(np.float32), at), shape=data.purchases.shape)


def _dataset(data: Training) -> Dataset:
    moments = pd.Timestamp("2000-01-01") + pd.to_timedelta(data.rows["occurred_at"], unit="us")
    return Dataset.construct(
        pd.DataFrame(
            {
                Columns.User: data.rows["customer"],
                Columns.Item: data.rows["product"],
                Columns.Weight: 1.0,
                Columns.Datetime: moments,
            }
        )
    )
