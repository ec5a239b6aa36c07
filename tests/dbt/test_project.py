import csv
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.dbt.content import dbt
from tests.dbt.project import manifest
from warehouse import erasure_plan
from warehouse.connection import PROJECT
from warehouse.tables import RAW

MODELS = sorted((PROJECT / "dbt" / "models").rglob("*.sql"))


@pytest.fixture(scope="module")
def parsed(module_warehouse, tmp_path_factory):
    folder = tmp_path_factory.mktemp("dbt")
    run = dbt(folder, "parse")
    assert run.returncode == 0, run.stdout
    return manifest(folder)


def test_the_sources_are_the_raw_contract(parsed):
    described = {
        source["name"]: [name for name, about in source["columns"].items() if about["description"]]
        for source in parsed["sources"].values()
        if source["source_name"] == "raw"
    }
    assert described == {name: list(table.columns.keys()) for name, table in RAW.items()}


def test_personal_columns_of_the_sources_say_which_kind_they_are(parsed):
    marked = {
        (source["name"], column): about["config"]["meta"].get("personal")
        for source in parsed["sources"].values()
        for column, about in source["columns"].items()
        if re.search("_(encrypted|index)$", column)
    }
    contract = {(name, column.name): column.info["personal"] for name in RAW for column in RAW[name].c if column.info}
    assert marked == contract


def test_only_staging_reads_raw(parsed):
    readers = {
        node["name"]
        for node in parsed["nodes"].values()
        if any(parent.startswith("source.huaxiang.raw.") for parent in node["depends_on"].get("nodes", []))
    }
    assert readers and all(name.startswith("stg_") for name in readers)


def test_every_mart_has_an_enforced_contract_and_every_exposure_an_owner(parsed):
    models = [node for node in parsed["nodes"].values() if node["resource_type"] == "model"]
    marts = [node for node in models if node["schema"] == "marts"]
    assert {node["name"] for node in marts} == {path.stem for path in MODELS if "marts" in path.parts}
    assert all(node["contract"]["enforced"] and node["access"] == "public" for node in marts)
    assert all(exposure["owner"]["name"] and exposure["description"] for exposure in parsed["exposures"].values())


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_a_model_names_no_business_and_asks_no_wall_clock(path):
    text = path.read_text().lower()
    assert not re.search(r"current_timestamp|current_date|\bnow\s*\(|clock_timestamp", text)
    assert not re.search(r"'(shop|online_retail|bank)'", text)


@pytest.mark.parametrize("name", ["bot_user_agents", "bot_paths", "email_machine_agents", "non_product_codes"])
def test_a_seed_holds_patterns_that_postgresql_understands(name, module_warehouse):
    for row in csv.DictReader((PROJECT / "dbt" / "seeds" / f"{name}.csv").open()):
        module_warehouse.execute("select '' ~ %s", [row["pattern"]])


@pytest.mark.parametrize(
    ("agent", "is_bot"),
    [
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", True),
        ("Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)", True),
        ("python-requests/2.32.3", True),
        ("curl/8.9.1", True),
        ("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/126.0.0.0 Safari/537.36", True),
        ("facebookexternalhit/1.1", True),
        ("UniversalFeedParser/4.2-pre-314-svn +http://feedparser.org/", True),
        ("Feedbin feed-id:1 - 50 subscribers", True),
        ("SomeProgram/1.0 (mail@example.com)", True),
        ("Xenu Link Sleuth/1.3.8", True),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15", False),
        ("Mozilla/5.0 (Linux; Android 14; CUBOT X70) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36", False),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0.0.0 Safari/537.36 Edg/126.0", False),
        ("Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/126.0 Mobile Safari/537.36 Telegram-Android/11.0", False),
        ("Opera/9.80 (J2ME/MIDP; Opera Mini/7.1.32052/34.1244; U; en) Presto/2.8.119 Version/11.10", False),
    ],
)
def test_a_user_agent_is_a_machine_or_a_person(agent, is_bot, module_warehouse):
    patterns = [row["pattern"] for row in csv.DictReader((PROJECT / "dbt" / "seeds" / "bot_user_agents.csv").open())]
    found = module_warehouse.execute("select %s ~* %s", [agent, "|".join(patterns)]).fetchone()[0]
    assert found == is_bot


def test_the_sql_keeps_its_style():
    command = [str(Path(sys.executable).with_name("sqlfluff")), "lint", "."]
    run = subprocess.run(command, cwd=PROJECT / "dbt", capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_style_check_sees_bad_style(tmp_path):
    (tmp_path / "bad.sql").write_text("SELECT a.b from c as a\n")
    config = str(PROJECT / "dbt" / ".sqlfluff")
    command = [str(Path(sys.executable).with_name("sqlfluff")), "lint", "--config", config, str(tmp_path / "bad.sql")]
    run = subprocess.run(command, cwd=PROJECT / "dbt", capture_output=True, text=True)
    assert run.returncode == 1 and "CP01" in run.stdout


# What counts or sums over people, and what is of products, sources and the business: they name nobody, and build anew.
OF_NOBODY = {
    "audience_definitions",
    "campaign_credits",
    "channel_performance",
    "int_businesses__clocked",
    "int_product_pages__named",
    "int_product_prices__held",
    "int_product_prices__levelled",
    "int_products__added",
    "int_products__banded",
    "int_products__chosen",
    "int_products__sold",
    "int_products__unioned",
    "int_user_agents__recognised",
    "popular_products",
    "products",
    "repurchase_intervals",
    "segment_overlaps",
    "segments",
    "stg_shop__non_products",
}


def test_whatever_is_built_from_rows_of_people_names_them_in_a_column_by_which_they_are_erased(parsed):
    new = set(erasure_plan.unreached(parsed)) - OF_NOBODY
    assert not new, "a row of one person: name the column in warehouse/erasure_plan.py; of many: in OF_NOBODY here"


def test_every_var_of_a_macro_is_among_the_rules_that_a_model_is_built_by():
    macros = {path.name: path.read_text() for path in (PROJECT / "dbt" / "macros").glob("*.sql")}
    used = {name for text in macros.values() for name in re.findall(r"var\([\"'](\w+)[\"']\)", text)}
    listed = re.search(r"macro vars_of_macros\(\).*?return\(\[(.*?)\]\)", macros["rules.sql"], re.S)[1]
    assert used == set(re.findall(r"\w+", listed))
