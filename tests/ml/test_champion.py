"""Lists are replaced only by what is not worse: what a refused run leaves behind, and how the gate is overruled."""

import pytest

from ml import champion, files, models
from ml.__main__ import main
from tests.ml.worlds import MARTS, checkerboard, fill_marts

LISTS = "select customer_id, rank, product_id, run_id from ml.recommendations order by 1, 2"
MORE = """
    insert into marts.interactions
    select business, %(id)s, customer_id, product_id, event, occurred_at, 1, 1
    from marts.interactions where interaction_id = 'I0'
"""


@pytest.fixture
def shop(warehouse, monkeypatch, tmp_path):
    """A shop with lists that passed the gate."""
    monkeypatch.setenv("HUAXIANG_HOME", str(tmp_path))
    warehouse.execute(MARTS)
    fill_marts(warehouse, checkerboard())
    assert main(["terms"]) == 0
    assert main(["recommend"]) == 0
    return warehouse


class WorstFirst:
    def __init__(self, model):
        self.model = model
        self.for_new = WorstFirst(model.for_new) if hasattr(model, "for_new") else self

    def __getattr__(self, name):
        return getattr(self.model, name)

    def scores(self, customers):
        return -self.model.scores(customers)


@pytest.fixture
def sabotaged(monkeypatch):
    honest = models.fitting
    spoilt = lambda data: (  # noqa: E731
        (name, model if name in ("popular", "trending", "own_frequency") else WorstFirst(model))
        for name, model in honest(data)
    )
    monkeypatch.setattr(champion.models, "fitting", spoilt)
    return monkeypatch


def test_what_passed_is_told_with_its_intervals(shop):
    query = "select list, check_name, against, passed, difference between low and high from ml.gate_checks"
    rows = shop.execute(query).fetchall()
    assert {row[0] for row in rows} == {"recommendations", "discoveries"}
    assert ("recommendations", "better than", "popular", True, True) in rows


def test_a_run_that_is_refused_leaves_the_lists_and_says_why(shop, sabotaged, capsys):
    before = shop.execute(LISTS).fetchall()
    shop.execute(MORE, {"id": "later"})
    assert main(["recommend"]) == 0
    shown = capsys.readouterr().out
    assert "refused: recommendations by" in shown and f"the lists of run {before[0][3]} stay" in shown
    assert shop.execute(LISTS).fetchall() == before
    [(reason,)] = shop.execute("select refused_because from ml.runs where not is_current").fetchall()
    assert "ndcg@10" in reason
    assert main(["measures"]) == 0
    assert "was refused: recommendations by" in capsys.readouterr().out
    assert main(["recommend"]) == 0
    assert "nothing changed" in capsys.readouterr().out


def test_segments_are_protected_by_who_belongs_to_them_now(shop):
    columns = "business text, segment_id text, customer_id text, entered_at timestamptz, left_at timestamptz"
    shop.execute(f"create table marts.segment_memberships ({columns})")
    everybody = "insert into marts.segment_memberships select 'toy', %s, customer_id, now(), {} from marts.customers"
    shop.execute(everybody.format("null"), ["loyal"])
    shop.execute(everybody.format("now()"), ["gone"])
    shop.execute("insert into marts.segment_memberships values ('toy', 'few', 'C000'), ('toy', 'loyal', 'forgotten')")
    shop.execute(MORE, {"id": "later"})
    assert main(["recommend"]) == 0
    found = shop.execute("select distinct slice, passed from ml.gate_checks where slice like 'segment%'").fetchall()
    assert found == [("segment loyal", True)]


def test_a_human_may_overrule_the_gate(shop, sabotaged, capsys):
    [(old,)] = shop.execute("select run_id from ml.runs where is_current").fetchall()
    shop.execute(MORE, {"id": "later"})
    assert main(["recommend", "--accept"]) == 0
    [(new,)] = shop.execute("select run_id from ml.runs where is_current").fetchall()
    assert new != old
    assert {row[3] for row in shop.execute(LISTS).fetchall()} == {new}
    [(failed,)] = shop.execute("select count(*) from ml.gate_checks where not passed and run_id = %s", [new]).fetchall()
    assert failed


def test_a_model_file_that_somebody_touched_is_refused_and_the_run_goes_on(shop, capsys):
    [(old,)] = shop.execute("select run_id from ml.runs where is_current").fetchall()
    with (files.folder("toy", old) / files.ARRAYS).open("ab") as file:
        file.write(b"more")
    shop.execute(MORE, {"id": "later"})
    assert main(["recommend"]) == 0
    assert f"the model of run {old} is refused" in capsys.readouterr().out
    assert shop.execute("select count(*) from ml.gate_checks where against = 'champion'").fetchone() == (0,)


def test_the_next_run_is_held_against_the_one_before(shop):
    shop.execute(MORE, {"id": "later"})
    assert main(["recommend"]) == 0
    query = "select distinct list from ml.gate_checks where against = 'champion' and passed"
    assert {row[0] for row in shop.execute(query)} == {"recommendations", "discoveries"}
    assert len(list(files.folder("toy").iterdir())) == 2


def test_families_are_measured_on_windows_of_the_past_each_with_its_interval(shop, capsys):
    assert main(["evaluate", "--windows", "2"]) == 0
    assert "window 2" in capsys.readouterr().out
    query = """
        select list, count(distinct window_number), count(distinct model), bool_and(difference between low and high),
               bool_and(coverage between 0 and 1 and novelty between 0 and 1 and popularity_bias > 0)
        from ml.evaluations where slice = 'everybody' group by list order by list
    """
    families = len(models.FAMILIES)
    expected = [("discoveries", 2, families, True, True), ("recommendations", 2, families, True, True)]
    assert shop.execute(query).fetchall() == expected
    slices = {row[0] for row in shop.execute("select distinct slice from ml.evaluations")}
    assert {"everybody", "many baskets"} <= slices
    assert main(["evaluate", "--windows", "1"]) == 0
    assert shop.execute("select max(window_number) from ml.evaluations").fetchone() == (1,)


def test_without_lists_there_is_nothing_to_evaluate_and_it_says_so(warehouse, capsys):
    warehouse.execute(MARTS)
    fill_marts(warehouse, checkerboard())
    assert main(["evaluate"]) == 0
    assert "run `python -m ml recommend`" in capsys.readouterr().out


def test_the_page_on_models_has_plots_and_the_numbers_behind_them(shop, capsys, tmp_path):
    assert main(["evaluate", "--windows", "1"]) == 0
    assert main(["report", "models"]) == 0
    text = (tmp_path / "reports" / "models.toy.html").read_text()
    assert text.count("<svg") == 4  # families and windows, of both kinds of list
    [(run_id,)] = shop.execute("select run_id from ml.runs where is_current").fetchall()
    [(ndcg,)] = shop.execute("select value from ml.measures where (model, metric) = ('two_stage', 'ndcg')").fetchall()
    for word in (run_id, f"{ndcg:.4g}", "better than", "many baskets", "popularity bias"):
        assert word in text
