"""The rules of a mapping, each with what it does to bad input."""

from datetime import UTC, date, datetime

import pytest

from scrapers.mapping import compiled
from scrapers.sources import Source, SourcesError
from warehouse.check import Problem


def mapped(rules, record, kind="transactions", **source):
    return compiled(Source(name="s", business="toy", kind=kind, format="csv", mapping=rules, **source))(record)


BIRTH = {
    "birth_year": {"field": "number", "match": r"^(\d\d)([05][1-9]|[16][0-2])\d\d$", "then": r"19\1"},
    "gender": {"field": "number", "match": "^..[56]", "then": "female", "else": "male"},
}


@pytest.mark.parametrize(
    ("number", "year", "gender"),
    [
        ("706213", "1970", "female"),
        ("450204", "1945", "male"),
        ("451204", "1945", "male"),
        ("455101", "1945", "female"),
    ],
)
def test_one_field_can_hold_two_facts(number, year, gender):
    assert mapped(BIRTH, {"number": number}, kind="customers") == {"birth_year": year, "gender": gender}


@pytest.mark.parametrize("number", ["701313", "706613", "70621", "70621x"])
def test_what_fits_no_pattern_is_a_problem_that_tells_no_value(number):
    problem = mapped(BIRTH, {"number": number}, kind="customers")
    assert problem == Problem("bad_format", "birth_year: does not match the pattern of its mapping")


def test_nothing_matches_no_pattern_and_is_no_problem():
    rule = {"birth_year": BIRTH["birth_year"]}
    assert mapped(rule, {"number": ""}, kind="customers") == mapped(rule, {}, kind="customers") == {}


DAY = {"field": "day", "match": r"^\d{6}( .*)?$", "then": r"19\g<0>", "format": ["%Y%m%d", "%Y%m%d %H:%M:%S"]}


@pytest.mark.parametrize("text", ["950113", "950113 00:00:00"])
def test_a_time_comes_in_one_of_several_forms_and_gets_its_century(text):
    assert mapped({"occurred_at": DAY}, {"day": text}) == {"occurred_at": datetime(1995, 1, 13, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("text", "reason"), [("950230", "bad_time"), ("95011", "bad_format"), ("950113 9", "bad_time")]
)
def test_a_time_of_none_of_the_forms_is_a_problem_that_tells_no_value(text, reason):
    problem = mapped({"occurred_at": DAY}, {"day": text})
    assert problem.reason == reason and text not in problem.detail


def test_a_day_is_read_from_words_and_from_numbers():
    rule = {"spend_on": {"field": "day", "format": "%Y%m%d"}}
    for value in ("20260301", 20260301):
        assert mapped(rule, {"day": value}, kind="ad_spend", timezone="Asia/Shanghai") == {"spend_on": date(2026, 3, 1)}


def test_joined_fields_stay_apart_and_are_no_extra():
    rule = {"counterparty": {"join": ["account", "bank"], "with": "/"}}
    assert mapped(rule, {"account": "12", "bank": "AB"}) == {"counterparty": "12/AB"}
    assert mapped(rule, {"account": "12", "bank": ""}) == {"counterparty": "12/"}
    assert mapped(rule, {"account": "", "bank": "12"}) == {"counterparty": "/12"}
    assert mapped(rule, {"account": "", "bank": None}) == {}


def test_the_words_of_a_source_for_nothing_are_nothing_everywhere():
    rules = {"region_id": "id", "population": "people", "attributes": {"object": {"crimes": "c", "salary": "s"}}}
    record = {"id": "1", "people": "?", "c": "?", "s": "?", "note": "?"}
    assert mapped(rules, record, kind="regions", nulls=["?"]) == {"region_id": "1"}
    assert mapped(rules, record | {"c": "7"}, kind="regions", nulls=["?"])["attributes"] == {"crimes": "7"}


@pytest.mark.parametrize("rule", [{"match": "(", "then": "x"}, {"match": "a", "then": r"\2"}])
def test_a_pattern_that_is_none_is_refused_with_the_column_it_is_for(rule):
    with pytest.raises(SourcesError, match="s: mapping of kind: "):
        mapped({"kind": {"field": "a"} | rule}, {})
