"""An audience is a file: what its rules say, who they mean, and what is shown of it before anything is sent."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.dbt.content import customer, dbt, fill, recommend
from warehouse import audiences, vault
from warehouse.audience_preview import preview
from warehouse.audiences import FOLDER, AudienceError
from warehouse.connection import PROJECT
from warehouse.export import export

MODELS = ["int_customers__inclined", "int_customers__characterised", "int_customers__targetable", "audiences"]
UNTESTED = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
HEAD = "business: shop\nname: n\ndescription: d\nany:\n  - all:\n"
RULE = "      - {{attribute: {}, operator: '{}', value: {}}}\n"


def rows(connection, query, *values):
    return connection.execute(query, values).fetchall()


@pytest.fixture(scope="module")
def built(module_warehouse, tmp_path_factory):
    folder = tmp_path_factory.mktemp("dbt")
    fill(module_warehouse)
    assert dbt(folder, "build", "--exclude", "tag:campaign", *UNTESTED).returncode == 0
    recommend(module_warehouse)
    campaign = dbt(folder, "build", "--select", "tag:campaign")
    assert campaign.returncode == 0, campaign.stdout
    module_warehouse.folder = folder
    return module_warehouse


@pytest.fixture
def files(tmp_path):
    """A copy of the audiences; a file more is an audience more."""
    folder = tmp_path / "audiences"
    shutil.copytree(FOLDER, folder)
    return folder


def members(connection, name):
    return {customer for (customer,) in rows(connection, MEMBERS, name)}


MEMBERS = "select customer_id from marts.audiences where audience_id = %s and business = 'shop'"


@pytest.mark.slow
def test_a_file_more_is_an_audience_more_and_a_file_less_one_less(built, files):
    assert members(built, "recent_buyers") == {"c1", "c3", "c4"}
    tea = RULE.format("recommended_rank", "<=", 1).replace("value", "of: T1, value")
    (files / "first_tea.yml").write_text(HEAD + tea + "none:\n  - {attribute: order_count, operator: '>', value: 0}\n")
    (files / "recent_buyers.yml").unlink()
    audiences.load(built, files)
    done = dbt(built.folder, "run", "--select", *MODELS, "audience_memberships")
    assert done.returncode == 0, done.stdout
    assert members(built, "first_tea") == {"c2", "only_seen"}
    assert members(built, "recent_buyers") == set()
    left = "select distinct left_at is null from marts.audience_memberships where audience_id = %s"
    assert rows(built, left, "first_tea") == [(True,)]
    assert rows(built, left, "recent_buyers") == [], "who entered and left at the same moment of the data was never in"


@pytest.mark.slow
def test_a_preview_says_size_exclusions_and_overlap_of_what_was_never_loaded(built, files):
    audiences.load(built)
    assert dbt(built.folder, "run", "--select", *MODELS).returncode == 0
    (files / "mine.yml").write_text(
        HEAD + RULE.format("order_count", ">=", 0) + "none:\n  - {attribute: city, operator: not in, value: [Riga]}\n"
    )
    said = "\n".join(preview(built, audiences.named("mine", files)))
    assert "shop: 0 customers, 5 more are left out" in said and "left out by city not in Riga: 5" in said
    command = [sys.executable, "-m", "warehouse", "audience", "preview", "recent_buyers"]
    done = subprocess.run(command, cwd=PROJECT, env=os.environ, capture_output=True, text=True)
    of_shop = done.stdout.split("shop: ")[1]
    assert of_shop.startswith("3 customers, 0 more are left out") and "no consent to email: 1" in of_shop
    (files / "mine.yml").write_text(HEAD + RULE.format("recency_days", "<=", 9))
    said = preview(built, audiences.named("mine", files))
    assert "  also in recent_buyers: 3 (100%)" in said


@pytest.mark.slow
def test_an_audience_with_the_rules_of_a_segment_is_that_segment(built, files):
    rules = rows(
        built,
        "select segment_id, alternative, attribute, of_value, operator, value from seeds.segment_rules"
        " where business = '*' order by 1, 2",
    )
    text = {}
    for segment, alternative, *rule in rules:
        text.setdefault(segment, {}).setdefault(alternative, []).append(dict(zip(NAMES, rule, strict=True)))
    for segment, alternatives in text.items():
        said = {"business": "*", "name": "n", "description": "d", "any": []}
        said["any"] = [{"all": [_plain(rule) for rule in rules]} for rules in alternatives.values()]
        (files / f"{segment}.yml").write_bytes(audiences.msgspec.yaml.encode(said))
    audiences.load(built, files)
    assert dbt(built.folder, "run", "--select", *MODELS).returncode == 0
    found = rows(built, "select audience_id, business, customer_id from marts.audiences")
    segmented = rows(built, "select segment_id, business, customer_id from intermediate.int_customers__segmented")
    expected = {row for row in segmented if row[0] in text}
    assert len({segment for segment, _, _ in expected}) >= 3
    assert {row for row in found if row[0] in text} == expected


@pytest.mark.slow
def test_who_withdraws_consent_is_in_the_next_export_no_more(built, monkeypatch, tmp_path):
    monkeypatch.setenv("HUAXIANG_KEY_FILE", str(vault.key_file()))
    monkeypatch.setenv("HUAXIANG_HOME", str(tmp_path))
    audiences.load(built)
    steps = ["consents", "int_customers__permitted", *MODELS, "int_contacts__forbidden"]
    steps += ["int_contacts__eligible", "draws", "assignments", "int_contacts__capped", "campaign_offers", "contact_exclusions"]
    assert dbt(built.folder, "run", "--select", *steps).returncode == 0
    file = tmp_path / "exports" / "shop-recent-buyers-email.csv"
    list(export(built))
    (withdraws,) = {line.split(",")[0] for line in file.read_text().splitlines()[1:]}
    consents = {"email": False, "personalisation": True}
    later = {"updated_at": "2026-03-20T00:00Z", "fingerprint": b"later"}
    customer(built, withdraws, consents=consents, email_index=b"its own", **later)
    assert dbt(built.folder, "run", "--select", *steps).returncode == 0
    list(export(built))
    gone = file.with_suffix(".removes.csv").read_text()
    assert withdraws not in file.read_text() and withdraws in gone
    query = "select rule_id from marts.contact_exclusions where customer_id = %s and business = 'shop'"
    assert rows(built, query, withdraws) == [("no_consent",)]

    later |= {"updated_at": "2026-03-21T00:00Z", "fingerprint": b"latest"}
    customer(built, withdraws, consents=consents | {"email": True}, **later)
    assert dbt(built.folder, "run", "--select", *steps).returncode == 0
    assert rows(built, query, withdraws) == [("no_address",)], "consents again, and has no address any more"


NAMES = ("attribute", "of", "operator", "value")


def _plain(rule):
    return {name: value for name, value in rule.items() if value is not None} | (
        {"value": rule["value"].split("|")} if "in" in rule["operator"].split() else {}
    )


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (("recency_dais", "<=", 90), "'recency_dais'; did you mean 'recency_days'?"),
        (("city", "<", "Riga"), "city is a text and does not compare by '<'; use one of =, in, not in, starts with"),
        (("recency_days", "<=", "soon"), "is a number and does not compare with 'soon'"),
        (("recency_days", "<=", "[1, 2]"), "takes one value and not 2; use `in`"),
        (("interest", ">", 0.2), "interest is of a term: say which with `of:`"),
        (("1 = 1; drop table x", "=", 1), "nothing is known of customers as '1 = 1; drop table x'"),
        (("recency_days", "<=", "null"), "Expected"),
    ],
)
def test_a_wrong_rule_says_what_is_wrong_and_what_would_do(tmp_path, rule, message):
    (tmp_path / "mine.yml").write_text(HEAD + RULE.format(*rule))
    with pytest.raises(AudienceError) as error:
        audiences.named("mine", tmp_path)
    assert "mine.yml: " in str(error.value) and message in str(error.value)


def test_a_version_is_what_the_rules_say_and_one_wrong_file_loads_none(warehouse, files):
    mine = files / "mine.yml"
    mine.write_text(HEAD + RULE.format("city", "=", "Riga"))
    first = {one.audience_id: one.version for one in audiences.load(warehouse, files)}
    mine.write_text(mine.read_text().replace("name: n", "name: another"))
    assert audiences.read(mine).version == first["mine"]
    mine.write_text(mine.read_text().replace("Riga", "Graz"))
    second = {one.audience_id: one.version for one in audiences.load(warehouse, files)}
    assert {name for name in second if second[name] != first[name]} == {"mine"}
    query = "select version, is_current from activation.audiences where audience_id = 'mine' order by is_current"
    assert rows(warehouse, query) == [(first["mine"], False), (second["mine"], True)]
    (files / "broken.yml").write_text(HEAD)
    with pytest.raises(AudienceError, match="broken.yml"):
        audiences.load(warehouse, files)
    assert rows(warehouse, "select value from activation.audience_rules where audience_id = 'mine'") == [("Graz",)]


def test_an_audience_that_does_not_exist_names_the_nearest():
    with pytest.raises(AudienceError, match="did you mean 'recent_buyers'"):
        audiences.named("recent_buyer")
