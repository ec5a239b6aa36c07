"""What a model of sequences foretold is measured beside the others, and counts for the very data it learned from."""

import numpy as np
import pytest
import scipy.sparse as sp

from ml import features, reading, sequences, writing
from ml.__main__ import main
from ml.windows import windows
from tests.ml.worlds import MARTS, checkerboard, fill_marts

LATER = """
    insert into marts.interactions
    select business, 'later', customer_id, product_id, event, occurred_at, 1, 1
    from marts.interactions where interaction_id = 'I0'
"""


@pytest.fixture
def shop(warehouse, monkeypatch, tmp_path):
    """A shop of which sequences know what comes after each cut, and that all will choose the first product again."""
    monkeypatch.setenv("HUAXIANG_HOME", str(tmp_path))
    warehouse.execute(MARTS)
    fill_marts(warehouse, checkerboard())
    assert main(["terms"]) == 0
    snapshot = reading.snapshot(warehouse, "toy")
    everything = np.ones(len(snapshot.interactions), dtype=bool)
    first = sp.csr_array((np.ones(40, np.float32), (np.arange(40), np.zeros(40, int))), shape=snapshot.shape)
    found = {len(everything): first}
    for window in windows(snapshot, everything, 3):
        found[int(window.history.sum())] = features.bought(snapshot, window.future)
    with warehouse.transaction():
        writing.replace(warehouse, "sequences", "toy", sequences.rows(snapshot, found))
    return warehouse


def test_they_are_measured_like_any_family_and_published_where_they_are_best(shop):
    assert main(["recommend"]) == 0
    ndcg = dict(shop.execute("select model, value from ml.measures where metric = 'ndcg'").fetchall())
    assert ndcg["sasrec"] == 1 > max(value for model, value in ndcg.items() if model not in ("sasrec", "with_rules"))
    assert shop.execute("select params ->> 'published_model' from ml.runs").fetchall() == [("sasrec",)]
    query = "select count(*) filter (where rank = 1), count(*), min(product_id) from ml.recommendations where {}"
    assert shop.execute(query.format("rank = 1")).fetchone() == (40, 40, "P000")
    assert shop.execute(query.format("true")).fetchone()[:2] == (40, 400), "what was not foretold fills the lists"
    assert main(["evaluate"]) == 0
    query = "select count(distinct window_number) from ml.evaluations where model = 'sasrec'"
    assert shop.execute(query).fetchone()[0] >= 1


def test_of_other_data_they_count_for_nothing(shop):
    shop.execute(LATER)
    assert reading.snapshot(shop, "toy").sequences == {}
    assert main(["recommend"]) == 0
    assert shop.execute("select count(*) from ml.measures where model = 'sasrec'").fetchone() == (0,)


def test_new_sequences_are_new_data_for_a_run(shop, capsys):
    assert main(["recommend"]) == 0
    shop.execute("delete from ml.sequences")
    assert main(["recommend"]) == 0
    assert "nothing changed" not in capsys.readouterr().out
    assert main(["recommend"]) == 0
    assert "nothing changed" in capsys.readouterr().out
