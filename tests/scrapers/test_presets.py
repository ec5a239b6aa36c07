import csv

import pytest
import yaml

from expectations.raw import EMAIL_EVENTS
from scrapers.mapping import compiled
from scrapers.sources import PRESETS, SourcesError, read
from warehouse.connection import PROJECT

EXAMPLES = PROJECT / "scrapers" / "sources" / "examples.yml"
NAMES = sorted(path.stem for path in PRESETS.glob("*.yml"))


def test_the_examples_show_every_preset_and_all_of_them_can_be_read():
    sources = read(EXAMPLES)
    for source in sources.values():
        compiled(source)
    assert {source.preset for source in sources.values()} - {None} == set(NAMES)
    assert {source.kind for source in sources.values()} == {"email_events", "events", "posts", "customers"}
    assert sources["ses_events"].mapping["campaign_id"] == {"first": "mail.tags.newsletter"}
    assert sources["ses_events"].mapping["occurred_at"] == "timestamp"


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_names_every_preset(name):
    assert f"`{name}`" in (PROJECT / "README.md").read_text()


def test_every_name_that_a_preset_gives_an_e_mail_event_is_known_at_the_gate():
    presets = [yaml.safe_load((PRESETS / f"{name}.yml").read_text()) for name in NAMES]
    mails = [preset["mapping"]["event"]["map"] for preset in presets if preset.get("kind") == "email_events"]
    given = {name for words in mails for name in words.values()}
    assert given <= set(EMAIL_EVENTS)
    assert {"Email Delivered", "Email Opened", "Email Bounced", "Email Marked as Spam", "Unsubscribed"} <= given


def test_every_name_of_ga4s_shop_events_has_an_alias_in_dbt():
    with (PROJECT / "dbt" / "seeds" / "event_aliases.csv").open() as file:
        aliases = {row["alias"] for row in csv.DictReader(file)}
    names = """
        view_item_list select_item view_item add_to_cart remove_from_cart view_cart begin_checkout add_shipping_info
        add_payment_info purchase refund view_promotion select_promotion search view_search_results add_to_wishlist
    """
    assert aliases >= set(names.split())


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"preset": "sendgird", "path": "x"}, "there is no preset 'sendgird'; there are access_log, brevo"),
        ({"kind": "customers", "path": "x", "format": "csv", "next": "n"}, "paths in a body of `format: json`"),
        ({"preset": "ses", "path": "x", "envelope": "box"}, "box"),
    ],
)
def test_a_wrong_entry_is_refused_with_what_is_wrong(tmp_path, entry, message):
    file = tmp_path / "sources.yml"
    file.write_text(yaml.safe_dump({"business": "toy", "sources": {"toy": entry}}))
    with pytest.raises(SourcesError, match=message):
        read(file)
