"""SASRec in its own environment: it finds what follows what, the same twice, and its lists meet the others' gate."""

import os
import subprocess

import pytest

from ml.__main__ import main
from tests.ml.worlds import MARTS, fill_marts
from warehouse.connection import PROJECT

pytestmark = [pytest.mark.deep, pytest.mark.timeout(900)]
CUSTOMERS, PRODUCTS, STEPS = 80, 30, 16
SEQUENCES = "select history_rows, customer_id, product_ids, scores from ml.sequences order by 1, 2"


def deep(*arguments):
    command = [str(PROJECT / ".venv-deep" / "bin" / "python"), "-m", "ml.deep", *arguments]
    return subprocess.run(command, cwd=PROJECT, env=os.environ, capture_output=True, text=True)


def followed():
    """Everybody begins somewhere and goes on to the next product every ten days; one buys what nobody else does."""
    on = [(c, (7 * c + step) % PRODUCTS, 10 * step + c % 9) for c in range(CUSTOMERS) for step in range(STEPS)]
    return [*on, (CUSTOMERS, PRODUCTS, 5)]


@pytest.fixture
def shop(warehouse, monkeypatch, tmp_path):
    monkeypatch.setenv("HUAXIANG_HOME", str(tmp_path))
    warehouse.execute(MARTS)
    fill_marts(warehouse, followed(), CUSTOMERS + 1, PRODUCTS + 1)
    assert main(["terms"]) == 0
    return warehouse


def test_it_learns_what_follows_what_and_is_compared_with_the_rest(shop):
    done = deep("--windows", "1")
    assert done.returncode == 0, done.stderr
    assert "foretold" in done.stdout
    first = shop.execute(SEQUENCES).fetchall()
    assert len({row[0] for row in first}) >= 2, "from everything, and at a cut"
    assert "nothing changed" in deep("--windows", "1").stdout
    assert deep("--force", "--windows", "1").returncode == 0
    assert shop.execute(SEQUENCES).fetchall() == first, "the same data, the same scores"
    assert main(["recommend"]) == 0
    query = "select model, value from ml.measures where metric = 'new_ndcg'"
    ndcg = dict(shop.execute(query).fetchall())
    assert ndcg["sasrec"] > 2 * ndcg["popular"]


def test_what_is_missing_is_said(warehouse):
    done = deep()
    assert done.returncode == 1
    assert "error:" in done.stderr and "run `" in done.stderr and "Traceback" not in done.stderr
