from datetime import UTC, datetime

import pytest

from scrapers.mapping import compiled
from scrapers.sources import Source, SourcesError
from warehouse.check import Problem

MOMENT = datetime(2017, 11, 24, 17, 21, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def keys(server):
    """Digests and pseudonyms are keyed."""


def mapped(rule, record, column="properties", **changes):
    source = Source(name="s", business="toy", kind="events", mapping={column: rule, "extra": {"object": {}}}, **changes)
    result = compiled(source)(record)
    return result if isinstance(result, Problem) else result.get(column)


def test_any_gives_the_first_that_is_there():
    rule = {"any": ["a", "b.c", {"value": "none"}]}
    assert mapped(rule, {"a": "", "b": {"c": 1}}) == 1
    assert mapped(rule, {}) == "none"


WORDS = {
    "words": ["type", "class"],
    "map": {"bounce": "Email Bounced", "bounce/60": "Email Auto-Replied", "on/true": "Unsubscribed"},
    "refuse": {"relay": "inbound_email"},
}


@pytest.mark.parametrize(
    ("record", "word"),
    [
        ({"type": "bounce", "class": "60"}, "Email Auto-Replied"),
        ({"type": "bounce", "class": 10}, "Email Bounced"),
        ({"type": "bounce"}, "Email Bounced"),
        ({"type": "on", "class": True}, "Unsubscribed"),
        ({"type": "relay", "class": "60"}, "inbound_email"),
        ({"type": "on", "class": False}, "unknown_value"),
        ({"type": ["list"]}, "unknown_value"),
        ({}, None),
    ],
)
def test_words_give_the_most_specific_that_is_known_or_a_reason(record, word):
    result = mapped(WORDS, record, "event")
    assert (result.reason if isinstance(result, Problem) else result) == word


@pytest.mark.parametrize("size", [1, 1e3, 1e6, 1e9])
def test_an_epoch_tells_its_unit_by_its_size(size):
    number = int(1_511_544_070 * size)
    assert mapped({"epoch": "ts"}, {"ts": number}, "occurred_at") == MOMENT
    assert mapped({"epoch": "ts"}, {"ts": str(number)}, "occurred_at") == MOMENT


def test_an_epoch_leaves_other_times_and_refuses_what_no_calendar_knows():
    assert mapped({"epoch": "ts"}, {"ts": "2017-11-24T17:21:10Z"}, "occurred_at") == "2017-11-24T17:21:10Z"
    assert mapped({"epoch": "ts"}, {"ts": 10**30}, "occurred_at").reason == "out_of_range"


def test_html_becomes_its_text_a_line_a_paragraph():
    text = '<p>好茶 &amp; <a href="x">@<span>li</span></a></p><p>two<br />three</p>'
    assert mapped({"html": "t"}, {"t": text}) == "好茶 & @li\ntwo\nthree"


def test_an_object_holds_rules_and_leaves_out_members():
    rule = {"object": {"page": {"object": {"path": "p"}}, "rest": {"field": "c", "without": ["ip"]}, "none": "x"}}
    assert mapped(rule, {"p": "/", "c": {"ip": "1.2.3.4", "os": "x"}}) == {"page": {"path": "/"}, "rest": {"os": "x"}}


def test_the_first_of_a_list_or_the_value_itself():
    assert [mapped({"first": "t"}, {"t": value}) for value in (["a", "b"], "a", [])] == ["a", "a", None]


def test_a_digest_is_the_content_and_a_pseudonym_the_value_and_neither_can_be_read():
    digest = {"digest": ["a", "b.c"]}
    one = mapped(digest, {"a": "x", "b": {"c": 1}}, "message_id")
    assert one == mapped(digest, {"b": {"c": 1, "d": 2}, "a": "x"}, "message_id") and len(one) == 32
    assert one != mapped(digest, {"a": "x", "b": {"c": 2}}, "message_id")
    assert mapped(digest, {"z": 1}, "message_id") is None
    name = mapped({"pseudonym": "ip"}, {"ip": "83.149.9.216"}, "anonymous_id")
    assert name == mapped({"pseudonym": "ip"}, {"ip": "83.149.9.216"}, "anonymous_id") and "149" not in name


def test_a_named_extra_is_all_that_is_kept_and_without_it_a_digest_uses_nothing_up():
    mapping = {"message_id": {"digest": ["a"]}, "type": {"any": ["t"]}}
    record = {"a": 1, "t": "track", "secret": "s"}
    source = {"name": "s", "business": "toy", "kind": "events"}
    assert compiled(Source(**source, mapping=mapping))(record)["extra"] == {"a": 1, "secret": "s"}
    named = compiled(Source(**source, mapping=mapping | {"extra": {"object": {"a": "a"}}}))(record)
    assert named["extra"] == {"a": 1}
    assert "extra" not in compiled(Source(**source, mapping=mapping | {"extra": {"object": {}}}))(record)


def test_a_rule_that_takes_no_such_step_is_refused():
    with pytest.raises(SourcesError, match="`any` takes no `map`"):
        mapped({"any": ["a"], "map": {}}, {})
