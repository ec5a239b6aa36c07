"""What channels are handed: addresses in clear for mail tools alone, hashes for ad platforms, and only what changed."""

import csv
import hashlib
import io
import re

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse import connection, permissions, subject_keys, vault
from warehouse.addresses import addresses, e164, google_email, plain_email
from warehouse.check import Arrival
from warehouse.export import export
from warehouse.hand_over import written
from warehouse.load import load
from warehouse.raw import CONTRACTS

PEOPLE = {
    "c1": {"name": '=HYPERLINK("http://x")', "email": "Ann.Lee@GMail.com ", "phone": "+86 138 0000 1111"},
    "c2": {"name": "李雷", "email": "lei@mail.example", "phone": "0138 0000 2222"},
    "c3": {"name": "No Address"},
}
FORMULA = tuple("=+-@\t\r＝＋－＠")
CLEAR = ["gmail", "ann", "lei@", "mail.example", "138", "李雷", "c1", "c2"]


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def offer(warehouse, campaign, channel, *customers):
    warehouse.execute("insert into seeds.campaigns values ('toy', %s, %s, 'all')", [campaign, channel])
    for customer in customers:
        row = ["toy", campaign, channel, customer, "p1", 1, "bought_before"]
        warehouse.execute("insert into marts.campaign_offers values (%s, %s, %s, %s, %s, %s, %s)", row)


@pytest.fixture
def shop(warehouse, tmp_path, monkeypatch):
    """Three registrations, and a table of offers that a test fills."""
    monkeypatch.setenv("HUAXIANG_KEY_FILE", str(vault.key_file()))
    monkeypatch.setenv("HUAXIANG_HOME", str(tmp_path))
    arrivals = [Arrival(b"{}", {"customer_id": name, **about}) for name, about in PEOPLE.items()]
    load(warehouse, CONTRACTS["customers"], arrivals, business="toy", source="s", run_id="r")
    warehouse.execute("set role transformer")
    warehouse.execute("create table marts.products (business text, product_id text, name text, url text)")
    warehouse.execute("insert into marts.products values ('toy', 'p1', '@SUM(1)', 'https://shop.example/p1')")
    warehouse.execute(
        "create table marts.campaign_offers (business text, campaign_id text, channel text, customer_id text,"
        " product_id text, rank int, reason text)"
    )
    warehouse.execute("create table seeds.campaigns (business text, campaign_id text, channel text, audience_id text)")
    warehouse.execute(
        "create table seeds.channel_addresses as"
        " select * from (values ('email', 'email'), ('social', 'email or phone'), ('print', 'post'))"
        " as needed (channel, address)"
    )
    warehouse.execute("create table marts.audience_definitions (business text, audience_id text, version text)")
    warehouse.execute("insert into marts.audience_definitions values ('toy', 'all', 'first')")
    warehouse.execute(
        "create table seeds.quiet_hours as select 'toy' as business, 'email' as channel,"
        " 'Asia/Shanghai' as time_zone, '21:00' as quiet_from, '08:00' as quiet_until"
    )
    warehouse.execute("reset role")
    warehouse.folder = tmp_path / "exports"
    return warehouse


def exported(shop, role="exporter"):
    """Export as a role; return (file, rows, added, removed) of each file that was written."""
    with connection.acting_as(role), psycopg.connect("", autocommit=True) as session:
        return [(f.name, f.rows, f.added, f.removed) for f in export(session) if f.is_written]


def read(shop, name):
    with (shop.folder / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_mail_tool_gets_addresses_in_clear_and_no_formula_and_each_use_is_noted(shop):
    offer(shop, "spring", "email", *PEOPLE)
    assert exported(shop) == [("toy-spring.csv", 3, 3, 0), ("toy-spring.mail.csv", 2, 2, 0)]
    first, second = read(shop, "toy-spring.mail.csv")
    assert (first["customer_id"], first["email"].strip(), first["name"][:2]) == ("c1", "Ann.Lee@GMail.com", "'=")
    assert (second["name"], second["product_name_1"], second["reason_1"]) == ("李雷", "'@SUM(1)", "bought_before")
    assert second["send_window"] == "08:00-21:00 Asia/Shanghai"
    assert second["click_path_1"].startswith("/l/") and second["open_path"].endswith(".gif")
    query = "select purpose, fields, decrypted from accesses where business = 'toy' order by number desc limit 1"
    noted = subject_keys.connection().execute(query).fetchone()
    assert noted == ("export of spring", ["customers.name", "customers.email", "customers.phone"], 3)


def test_what_came_and_what_went_stands_beside_the_list_and_the_same_again_writes_nothing(shop):
    offer(shop, "spring", "email", "c1", "c2")
    exported(shop)
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in shop.folder.iterdir()}
    assert exported(shop) == []
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in shop.folder.iterdir()} == before
    log = "select file, rows, added, removed, changed, sha256_before is null from activation.syncs order by sync_id"
    first = [("toy-spring.csv", 2, 2, 0, 0, True), ("toy-spring.mail.csv", 2, 2, 0, 0, True)]
    assert shop.execute(log).fetchall() == first

    shop.execute("delete from marts.campaign_offers where customer_id = 'c1'")
    assert exported(shop) == [("toy-spring.csv", 1, 0, 1), ("toy-spring.mail.csv", 1, 0, 1)]
    assert [row["customer_id"] for row in read(shop, "toy-spring.mail.removes.csv")] == ["c1"]
    assert read(shop, "toy-spring.mail.adds.csv") == []
    later = [("toy-spring.csv", 1, 0, 1, 0, False), ("toy-spring.mail.csv", 1, 0, 1, 0, False)]
    assert shop.execute(log).fetchall() == first + later


def test_the_log_says_by_which_version_of_the_audience_a_list_was_made(shop):
    offer(shop, "spring", "email", "c1", "c2")
    offer(shop, "retarget", "social", "c1")
    exported(shop)
    shop.execute("update marts.audience_definitions set version = 'second'")
    shop.execute("delete from marts.campaign_offers where customer_id = 'c2'")
    exported(shop)
    query = "select file, audience_id, audience_version from activation.syncs order by sync_id"
    aimed = [(f"toy-retarget{kind}", "all", "first") for kind in (".csv", ".google.csv", ".meta.csv")]
    mailed = [(f"toy-spring{kind}", "all", one) for one in ("first", "second") for kind in (".csv", ".mail.csv")]
    assert shop.execute(query).fetchall() == aimed + mailed


def test_a_printer_gets_a_code_a_customer_that_nobody_can_guess_and_that_leads_back(shop):
    offer(shop, "leaflet", "print", "c1", "c3")
    offer(shop, "flyer", "print", "c1")
    assert exported(shop)[2:] == [("toy-leaflet.csv", 2, 2, 0), ("toy-leaflet.print.csv", 2, 2, 0)]
    first, second = read(shop, "toy-leaflet.print.csv")
    assert (second["customer_id"], second["product_id_1"], second["product_name_1"]) == ("c3", "p1", "'@SUM(1)")
    (third,) = read(shop, "toy-flyer.print.csv")
    codes = [row["code"] for row in (first, second, third)]
    assert len(set(codes)) == 3 and all(re.fullmatch("[A-Z2-7]{12}", code) for code in codes)
    query = "select campaign_id, customer_id, channel from activation.codes where business = 'toy' and code = %s"
    found = [shop.execute(query, [code]).fetchone() for code in codes]
    assert found == [("leaflet", "c1", "print"), ("leaflet", "c3", "print"), ("flyer", "c1", "print")]
    assert exported(shop) == [] and shop.execute("select count(*) from activation.codes").fetchone() == (3,)
    whole = "".join(path.read_text().casefold() for path in shop.folder.glob("*.csv"))
    assert [sign for sign in CLEAR if sign in whole and len(sign) > 3] == []


def test_a_list_of_nobody_says_who_went(shop):
    offer(shop, "retarget", "social", "c1")
    exported(shop)
    shop.execute("delete from marts.campaign_offers")
    names = ["toy-retarget.csv", "toy-retarget.google.csv", "toy-retarget.meta.csv"]
    assert exported(shop) == [(name, 0, 0, 1) for name in names]
    assert read(shop, "toy-retarget.google.removes.csv")[0]["Email"] == sha256("annlee@gmail.com")


def test_an_ad_platform_gets_hashes_in_its_own_shape_and_nothing_in_clear(shop):
    offer(shop, "retarget", "social", *PEOPLE)
    exported(shop)
    phone = "+8613800001111"
    assert {tuple(row.items()) for row in read(shop, "toy-retarget.google.csv")} == {
        (("Email", sha256("annlee@gmail.com")), ("Phone", sha256(phone))),
        (("Email", sha256("lei@mail.example")), ("Phone", "")),
    }
    assert {tuple(row.items()) for row in read(shop, "toy-retarget.meta.csv")} == {
        (("email", sha256("ann.lee@gmail.com")), ("phone", sha256(phone[1:]))),
        (("email", sha256("lei@mail.example")), ("phone", "")),
    }
    for path in shop.folder.glob("*.google*"):
        values = [value for line in path.read_text().splitlines()[1:] for value in line.split(",") if value]
        assert all(len(value) == 64 and int(value, 16) for value in values)
    whole = "".join(path.read_text().casefold() for path in shop.folder.glob("toy-retarget.[gm]*.csv"))
    assert [sign for sign in CLEAR if sign in whole and len(sign) > 3] == []


@pytest.mark.parametrize("role", permissions.ROLES)
def test_decryption_is_refused_to_every_role_but_the_exporter(shop, role):
    def decrypted():
        with connection.acting_as(role), psycopg.connect("", autocommit=True) as session:
            return addresses(session, "toy", ["c2"], "a test")

    if role == "exporter":
        assert decrypted()["c2"].email == "lei@mail.example"
    else:
        with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.OperationalError)):
            decrypted()


def test_a_customer_who_was_forgotten_has_no_address(shop):
    subject_keys.destroy([subject_keys.subject("toy", "customer", "c2")])
    assert set(addresses(shop, "toy", ["c1", "c2"], "a test")) == {"c1"}


@given(st.lists(st.text(st.sampled_from([*"=+-@\t\r\n＝＋－＠,\"' a1"]), max_size=6), min_size=1, max_size=4))
def test_no_cell_starts_a_formula_and_all_else_comes_back(cells):
    text = written(["h"] * len(cells), [cells])
    _, row = csv.reader(io.StringIO(text, newline=""))
    assert not [cell for cell in row if cell.startswith(FORMULA)]
    back = [cell.removeprefix("'") if old.startswith(FORMULA) else cell for cell, old in zip(row, cells, strict=True)]
    assert back == cells


@pytest.mark.parametrize(
    ("phone", "normal"),
    [("+1 (800) 888-8888", "+18008888888"), ("0044 20 7031 3000", "+442070313000"), ("0138 0000", None), (None, None)],
)
def test_a_number_is_hashed_with_its_country_or_not_at_all(phone, normal):
    assert e164(phone) == normal


def test_dots_say_nothing_to_google_and_much_to_meta():
    assert google_email(" A.B@GoogleMail.com") == "ab@googlemail.com" and google_email("a.b@x.org") == "a.b@x.org"
    assert plain_email("A.B @gmail.com") == "a.b@gmail.com" and plain_email("none") is None
