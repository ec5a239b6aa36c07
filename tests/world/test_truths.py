import csv
import json
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest

from scrapers.demo import advertising, bots, clocks, feeds, mail, mailboxes, mixups, planted, truth
from scrapers.demo.assortment import TERMS
from scrapers.demo.catalogue import catalogue
from scrapers.demo.people import identifier
from scrapers.demo.world import World

LARGER = World(seed=3, customers=3000, products=150, days=90)


def good(world, name):
    for day in range(world.days):
        for part in range(feeds.FEEDS[name].parts(world, day)):
            yield from (r.raw for r in feeds.records(world, name, day, part) if r.truth == feeds.GOOD)


def orders(world):
    return list(csv.DictReader((raw.decode() for raw in good(world, "orders")), feeds.ORDER_COLUMNS))


def test_customers_buy_what_they_like(shop, truths):
    category = {product.product_id: product.category for product in catalogue(shop.world).products}
    favourite = {row["customer_id"]: row["favourite_category"] for row in truths["customers"]}
    known = [row for row in orders(shop.world) if row["customer_id"]]
    bought = [(favourite[row["customer_id"]], category[row["product_id"]]) for row in known]
    share = sum(liked == got for liked, got in bought) / len(bought)
    offered = Counter(category.values())
    by_chance = sum(offered[liked] for liked, _ in bought) / len(bought) / len(category)
    assert share > 2 * by_chance


def test_staples_are_bought_again_and_again():
    shop = World()
    staples = {
        (row["customer_id"], staple["product_id"]) for row in planted.customers(shop) for staple in row["staples"]
    }
    times = Counter((row["customer_id"], row["product_id"]) for row in orders(shop) if row["customer_id"])
    again = {pair for pair, count in times.items() if count > 1}
    others = set(times) - staples
    assert len(again & staples) / len(staples & set(times)) > 3 * len(again & others) / len(others)


def test_few_products_make_most_of_the_sales(shop):
    sold = sorted(Counter(row["product_id"] for row in orders(shop.world)).values(), reverse=True)
    assert sum(sold[: len(catalogue(shop.world)) // 5]) > sum(sold) * 0.4


def test_cold_customers_do_nothing_and_cold_products_never_sell(shop, truths):
    cold_customers = {row["customer_id"] for row in truths["customers"] if row["is_cold"]}
    cold_products = {row["product_id"] for row in truths["products"] if row["is_cold"]}
    assert cold_customers and cold_products
    sold = orders(shop.world)
    assert not cold_customers.intersection(row["customer_id"] for row in sold)
    assert not cold_products.intersection(row["product_id"] for row in sold)
    assert not any(row["seen_logged_in_on"] for row in truths["identities"] if row["customer_id"] in cold_customers)


def test_no_product_is_sold_before_its_launch(shop, truths):
    launched = {row["product_id"]: row["launched_on"] for row in truths["products"]}
    assert max(launched.values()) > shop.world.start.isoformat()
    assert all(launched[row["product_id"]] <= row["ordered_at"][:10] for row in orders(shop.world))


def test_the_texts_of_a_product_carry_its_terms(shop):
    for product in catalogue(shop.world).products:
        assert all(word in product.description for term in product.terms for word in TERMS[term])


def test_names_of_products_are_unique():
    names = [product.name for product in catalogue(World(products=3000)).products]
    assert len(set(names)) == 3000


def test_about_a_tenth_of_the_customers_share_a_device(truths):
    owners = defaultdict(set)
    for row in truths["identities"]:
        for device in row["anonymous_ids"]:
            owners[device].add(row["customer_id"])
        assert set(row["seen_logged_in_on"]) <= set(row["anonymous_ids"])
    shared = [customers for customers in owners.values() if len(customers) > 1]
    assert 0.03 < len(shared) / len(truths["identities"]) < 0.2


def test_some_log_in_elsewhere_or_lose_their_cookies(shop, truths):
    everyone = truths["identities"]
    elsewhere = Counter(device for row in everyone for device in row["seen_logged_in_elsewhere_on"])
    assert elsewhere.pop(mixups.terminal(shop.world, 0)) > 1 and elsewhere  # the others are friends' devices
    renewed = [one for row in everyone for one in row["renewed_ids"]]
    assert renewed and len(set(renewed)) == len(renewed)
    assert not set(renewed) & {device for row in everyone for device in row["anonymous_ids"]}


def visits_of(world, marker):
    """The messages of each visit whose id has the marker, in their order: lists of (message, time)."""
    found = defaultdict(list)
    for message in map(json.loads, good(world, "events")):
        if marker in message["messageId"]:
            found[message["messageId"][:-4]].append((message, datetime.fromisoformat(message["timestamp"])))
    return list(found.values())


def test_a_tenth_of_the_events_are_of_machines_in_every_guise(tmp_path):
    totals, events = truth.write(World(), tmp_path), Counter()
    for row in map(json.loads, (tmp_path / "bots.jsonl").read_text().splitlines()):
        events[row["guise"]] += row["events"]
    assert set(events) == {guise.__name__ for guise in bots.GUISES} and all(events.values())
    assert 0.09 < sum(events.values()) / totals["events"]["good"] < 0.13
    assert events["quiet"] < 0.04 * sum(events.values())


def test_each_guise_gives_itself_away_by_what_it_is_called_after():
    shown = defaultdict(list)
    guises = {machine: (agent, guise) for machine, agent, guise in (bots.bot(World(), n) for n in range(10))}
    for visit in visits_of(World(), "-bot"):
        agent, guise = guises[visit[0][0]["anonymousId"]]
        assert (agent == bots.HIDDEN) == (guise != "declared")
        shown[guise].append(visit)
    names = {guise: {m.get("event") for visit in visits for m, _ in visit} for guise, visits in shown.items()}
    assert names["hasty"] == names["harvesting"] == {"Product Viewed"}
    assert names["buying"] == {"Product Added", "Checkout Started"}
    for visit in shown["hasty"] + shown["declared"]:
        assert len(visit) >= 40 and visit[-1][1] - visit[0][1] < timedelta(seconds=30)
    for visit in shown["steady"]:
        assert len({after - before for (_, before), (_, after) in pairwise(visit)}) == 1
    for visit in shown["harvesting"]:
        assert len({m["properties"]["product_id"] for m, _ in visit}) >= 60
    for visit in shown["quiet"]:
        assert len(visit) < 10


def test_machines_stand_before_some_mailboxes_in_every_guise(tmp_path):
    truth.write(World(), tmp_path)
    guises = {row["event_id"]: row["guise"] for row in map(json.loads, (tmp_path / "mail_machines.jsonl").open())}
    mails = {one["sg_event_id"]: one for one in map(json.loads, good(World(), "email_events"))}
    assert guises.keys() <= mails.keys() and set(guises.values()) == set(mailboxes.GUISES)
    reads = [name for name, one in mails.items() if one["event"] in ("open", "click")]
    assert 0.3 < len(guises) / len(reads) < 0.7
    agents = {(guises.get(name), mails[name]["useragent"]) for name in reads}
    assert {agent for guise, agent in agents if guise == "prefetching"} == {"Mozilla/5.0"}
    assert {agent for guise, agent in agents if guise in ("scanning", "hasty", "quiet")} == {mailboxes.BROWSER}
    assert {agent for guise, agent in agents if not guise} == set(mail.CLIENTS)


def test_some_people_read_an_email_as_fast_as_a_machine():
    found = {one["sg_event_id"]: one["timestamp"] for one in map(json.loads, good(World(), "email_events"))}
    waits = {found[name] - found[name.removesuffix("open") + "delivered"] for name in found if name.endswith("-open")}
    assert min(waits) == mail.READ_AT_ONCE and max(waits) >= mail.READ_AFTER


def test_some_people_could_be_taken_for_machines():
    visits = visits_of(World(), "-odd")
    paces = [(visit[-1][1] - visit[0][1]).total_seconds() / len(visit) for visit in visits]
    assert len(visits) > 8 and min(paces) < 2 and max(map(len, visits)) > 30


def test_a_wrong_clock_is_told_with_what_really_happened(shop, truths):
    wrong = {row["message_id"]: row for row in truths["clocks"]}
    messages = [m for m in map(json.loads, good(shop.world, "events")) if m["messageId"] in wrong]
    assert len(messages) == len(wrong) > 0
    for message in messages:
        row = wrong[message["messageId"]]
        happened, ahead = datetime.fromisoformat(row["happened_at"]), timedelta(seconds=row["clock_ahead_seconds"])
        assert datetime.fromisoformat(message["timestamp"]) - happened == ahead
        assert timedelta() <= datetime.fromisoformat(message["receivedAt"]) - happened < timedelta(days=11)
    kinds = Counter(clocks.offset(identifier(n)) for n in range(4000))
    assert set(kinds) == {clocks.RIGHT, *clocks.WRONG} and 20 < 4000 - kinds[clocks.RIGHT] < 60


def test_the_feed_of_contacts_says_who_was_held_out_as_the_truth_does(shop, truths):
    told = {
        (row["campaign_id"], row["customer_id"]): (row["arm"], row["is_control"])
        for row in csv.DictReader(
            (raw.decode() for raw in good(shop.world, "campaign_contacts")), advertising.CONTACT_COLUMNS
        )
    }
    assert any(campaign == "newsletter" for campaign, _ in told)
    for row in truths["assignments"]:
        is_control = "true" if row["arm"] == "hold_out" else "false"
        assert told[row["campaign_id"], row["customer_id"]] == (row["arm"], is_control)


def test_a_day_of_advertising_is_restated_once_and_never_dearer(shop):
    versions = defaultdict(list)
    for raw in good(shop.world, "ad_spend"):
        row = dict(zip(advertising.SPEND_COLUMNS, raw.decode().split(","), strict=True))
        key = tuple(row[name] for name in ("spend_on", "channel", "campaign_id", "ad_group"))
        versions[key].append((row["updated_at"], float(row["cost"])))
    restated = [costs for costs in map(sorted, versions.values()) if len(costs) == 2]
    assert len(restated) == len(advertising.ADS) * (shop.world.days - advertising.RESTATED_AFTER)
    assert all(first >= last for (_, first), (_, last) in restated)
    assert any(first > last for (_, first), (_, last) in restated)
    assert max(map(len, versions.values())) == 2


def test_a_campaign_adds_the_purchases_that_the_truth_says(truths):
    assert len(truths["campaigns"]) == 2
    for campaign in truths["campaigns"]:
        rows = [row for row in truths["assignments"] if row["campaign_id"] == campaign["campaign_id"]]
        treated = [row for row in rows if row["arm"] == "treatment"]
        assert len(rows) == campaign["eligible"] and len(treated) == campaign["treated"]
        assert not any(row["caused_order_on"] for row in rows if row["arm"] == "hold_out")
        assert sum(bool(row["caused_order_on"]) for row in treated) == campaign["caused_orders"]


@pytest.mark.parametrize("place", [0, 1])
def test_the_lift_can_be_measured_from_the_orders(place):
    campaign = list(planted.campaigns(LARGER))[place]
    first = date.fromisoformat(campaign["sent_on"]) + timedelta(days=1)
    category = {product.product_id: product.category for product in catalogue(LARGER).products}
    bought = Counter()
    for row in orders_between(LARGER, first, campaign["window_days"] - 1):
        if category[row["product_id"]] == campaign["category"]:
            bought[row["customer_id"]] = 1
    arms = defaultdict(list)
    for row in planted.assignments(LARGER):
        if row["campaign_id"] == campaign["campaign_id"]:
            arms[row["arm"]].append(bought[row["customer_id"]])
    treated, held_out = (sum(arms[arm]) / len(arms[arm]) for arm in ("treatment", "hold_out"))
    # who would have bought anyway cannot be moved, so the share of buyers rises by a little less
    expected = campaign["true_lift"] * (1 - held_out)
    assert abs(treated - held_out - expected) < 0.05


def orders_between(world, first, days):
    start = (first - world.start).days
    for day in range(start, start + days):
        for part in range(feeds.FEEDS["orders"].parts(world, day)):
            lines = (r.raw.decode() for r in feeds.records(world, "orders", day, part) if r.truth == feeds.GOOD)
            yield from csv.DictReader(lines, feeds.ORDER_COLUMNS)
