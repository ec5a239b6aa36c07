"""The pages on campaigns: what they say, and that hostile names stay text and lead nowhere."""

import re
from xml.etree import ElementTree

import pytest

from ml import writing
from ml.__main__ import main
from ml.report.campaigns import file_name
from tests.ml.worlds import MARTS

LIFT = (*[100, 50, 0.3, 0.2, 0.1, 0.02, 0.18, 0.5, 0.01, 0.03, 0.02, 0.09, 0.03, 0.15, 0.4, -0.05, 0.25, 0.1], 4321.0)
HOSTILE = "../../<script>alert(1)</script> $x$"


def judge(connection, campaign="spring", verdict="comparable", planned=0.33):
    """Write what `python -m ml lift` would of one campaign."""
    row = (campaign, "Email", verdict, f"because of {campaign}", 100, 50, 0, planned, 0.3333, 0.9)
    lifts = [
        (campaign, "B & A", "all", outcome, *LIFT, 10.0, 2.0, 18.0, "Email", True) for outcome in ("orders", "revenue")
    ]
    rows = {
        "campaign_verdicts": [row],
        "campaign_balance": [(campaign, "orders_before", 1.0, 1.1, -0.05, 0.7)],
        "campaign_funnel": [
            (campaign, "B & A", "member", 1, "Email", 100, 100),
            (campaign, "B & A", "click", 6, "Email", 40, 55),
            (campaign, "hold_out", "member", 1, "Email", 50, 50),
        ],
        "campaign_lift": lifts,
        "channel_increments": [("Email", "orders", "last", 12.0, 10.0, 2.0, 18.0)],
    }
    for table, of_table in rows.items():
        writing.replace(connection, table, "toy", of_table)


@pytest.fixture
def reported(warehouse, tmp_path, monkeypatch):
    """A warehouse with one business; pages go below tmp_path."""
    monkeypatch.setenv("HUAXIANG_HOME", str(tmp_path))
    warehouse.execute(MARTS)
    warehouse.execute("insert into marts.customers (business, customer_id) values ('toy', 'c')")
    return warehouse, tmp_path / "reports"


def plots_of(text):
    return [ElementTree.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", text, re.DOTALL)]


def test_a_page_has_the_verdict_the_plots_and_the_numbers_behind_them(reported, capsys):
    warehouse, folder = reported
    judge(warehouse)
    assert main(["report", "campaigns"]) == 0
    assert "1 pages" in capsys.readouterr().out
    text = (folder / "toy~spring.html").read_text()
    assert len(plots_of(text)) == 5  # funnel, balance, two outcomes, credits
    assert "What the campaign caused" in text and "because of spring" in text
    for number in ("0.02", "0.18", "4,321", "33.3%", "33.0%", "B &amp; A"):
        assert number in text


def test_a_comparison_that_is_no_proof_is_not_called_one(reported):
    warehouse, folder = reported
    judge(warehouse, verdict="not random", planned=None)
    assert main(["report", "campaigns"]) == 0
    text = (folder / "toy~spring.html").read_text()
    assert "What the campaign caused" not in text and "it is not what the campaign caused" in text
    assert len(plots_of(text)) == 4  # nothing credited beside what is not known


def test_the_same_judgement_gives_the_same_page_and_pages_of_lost_campaigns_go(reported):
    warehouse, folder = reported
    judge(warehouse)
    assert main(["report", "campaigns"]) == 0
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}
    assert main(["report", "campaigns"]) == 0
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()} == before
    judge(warehouse, "autumn")
    assert main(["report", "campaigns"]) == 0
    assert [path.name for path in folder.iterdir()] == ["toy~autumn.html"]


def test_a_hostile_name_stays_text_and_leads_nowhere(reported):
    warehouse, folder = reported
    judge(warehouse, HOSTILE)
    assert main(["report", "campaigns"]) == 0
    (path,) = folder.iterdir()
    assert path.parent == folder and re.fullmatch(r"toy~[\w-]+\.html", path.name)
    assert "<script" not in path.read_text() and "&lt;script&gt;" in path.read_text()
    assert file_name("toy", HOSTILE) != file_name("toy", HOSTILE.replace("<", ">"))
    assert len(file_name("b" * 300, "c" * 300)) < 255
