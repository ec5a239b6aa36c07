"""Built day by day, whatever comes late, twice, changes or is erased: the same tables as built at once."""

import random
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from psycopg import sql

from tests.dbt.content import BOT, PERSON, customer, dbt, event, insert, line, product

DAILY = ("--exclude", "tag:campaign")
SEEDS_AND_MODELS = ("build", "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
DEVICES, CUSTOMERS, PRODUCTS = [f"d{n}" for n in range(50)], [f"c{n}" for n in range(20)], [f"T{n}" for n in range(8)]
DAY = 12  # of what is done: little enough that most customers and devices are touched by nothing of it


def tables(connection):
    """Return the rows of every table of intermediate and marts as text, sorted."""
    names = connection.execute(
        "select table_schema, table_name, array_agg(column_name::text order by column_name)"
        " from information_schema.columns where table_schema in ('intermediate', 'marts') group by 1, 2 order by 1, 2"
    ).fetchall()
    found = {}
    for schema, name, columns in names:
        query = sql.SQL("select row({})::text from {}").format(
            sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(schema, name)
        )
        found[f"{schema}.{name}"] = sorted(row for (row,) in connection.execute(query))
    return found


def moment(dice):
    day, *clock = dice.randint(1, 28), dice.randint(0, 23), dice.randint(0, 59), dice.randint(0, 59)
    return f"2026-03-{day:02} " + ":".join(f"{part:02}" for part in clock) + "Z"


def doings(dice):
    """Yield, in any order, what people, machines and the shop do: functions that take a connection."""
    for number in range(150):
        names = {"anonymous_id": dice.choice([*DEVICES, None]), "user_id": dice.choice([None, None, *CUSTOMERS])}
        when = moment(dice)
        agent = dice.choice([PERSON, PERSON, PERSON, BOT, ""])
        values = names | {"occurred_at": when, "received_at": when, "agent": agent}
        match dice.randint(0, 5):
            case 0:
                page = {"url": f"https://a.example/{number}"}
                values |= {"type": "page", "context": {"userAgent": PERSON, "page": page}}
                values.pop("agent")
            case 1:
                values |= {"type": "alias", "extra": {"previousId": dice.choice(DEVICES)}}
            case 2:
                values |= {"type": "identify", "properties": {"email": "email:0" + dice.choice("123")}}
            case _:
                values |= {"properties": {"product_id": dice.choice([*PRODUCTS, "unknown"])}}
        name = dice.choice(["Product Viewed", "Product Added"]) if "type" not in values else None
        yield lambda c, number=number, name=name, values=values: message(c, f"m{number}", name, **values)
    for number in range(30):
        when = {"ordered_at": moment(dice), "customer_id": dice.choice([*CUSTOMERS, "guest", None])}
        values = when | {"status": dice.choice(["completed", "completed", "cancelled", "refunded"])}
        thing = dice.choice([*PRODUCTS, "sold_only"])
        yield lambda c, number=number, thing=thing, values=values: line(c, f"o{number}", "1", thing, **values)
    for name in CUSTOMERS * 2:
        values = {"updated_at": moment(dice), "email_index": bytes([dice.randint(1, 25)])}
        said = {"analytics": dice.random() < 0.7, "personalisation": dice.random() < 0.7}
        values |= {"consents": said | {"email": True}}
        yield lambda c, name=name, values=values: customer(c, name, **values)
    for name in PRODUCTS * 2:
        values = {"price": dice.randint(1, 9), "category": dice.choice("AB"), "last_seen_at": moment(dice)}
        values |= {"url": "https://a.example/" + dice.choice([name, name, "T0"])}
        yield lambda c, name=name, values=values: product(c, name, **values)
    for number in range(24):
        mail = {"event": dice.choice(["Email Link Clicked", "Unsubscribed"]), "occurred_at": moment(dice)}
        mail |= {"customer_id": dice.choice([*CUSTOMERS, None]), "email_index": bytes([dice.randint(1, 25)])}
        mail |= {"campaign_id": f"k{number}", "url": "https://a.example/" + dice.choice(PRODUCTS)}
        yield lambda c, number=number, mail=mail: insert(c, "raw.email_events", event_id=f"e{number}", **mail)
    for number in range(12):
        names = {"user_id": dice.choice(CUSTOMERS), "occurred_at": moment(dice)}
        shown = {"promotion_id": f"k{number % 3}", "position": number}
        refunded = {"order_id": f"o{dice.randint(0, 29)}", "total": dice.choice([3, None])}
        contact = {"campaign_id": f"k{number % 3}", "arm": dice.choice(["control", "sent"])}
        contact |= {"is_control": contact["arm"] == "control", "customer_id": names["user_id"]}
        contact |= {"channel": dice.choice(["email", "print"]), "contacted_at": names["occurred_at"]}
        yield lambda c, n=number, v=names, p=shown: event(c, f"shown{n}", "Promotion Clicked", properties=p, **v)
        yield lambda c, n=number, v=names, p=refunded: event(c, f"refunded{n}", "Order Refunded", properties=p, **v)
        yield lambda c, contact=contact: insert(c, "raw.campaign_contacts", **contact)
    for number in range(40):  # a device of a person turns out to be a machine
        when = f"2026-03-29 10:00:{number:02}Z"
        values = {"anonymous_id": "d1", "occurred_at": when, "received_at": when, "properties": {"sku": f"T{number}"}}
        yield lambda c, number=number, values=values: message(c, f"burst{number}", "Product Viewed", **values)


def message(connection, message_id, name, **values):
    if "context" in values:
        insert(connection, "raw.events", message_id=message_id, event=name, **values)
    else:
        event(connection, message_id, name, **values)


def vanishings():
    """Yield statements that take rows away or change them: an erasure, a row put right, a whole table loaded anew."""
    yield "delete from raw.events where user_id = 'c2' or anonymous_id = 'd3'"
    yield "delete from raw.orders where customer_id = 'c2'"
    yield "delete from raw.campaign_contacts where customer_id < 'c2'"
    yield "delete from raw.customers where customer_id = 'c2'"
    yield "delete from raw.events where occurred_at >= '2026-03-29'"
    yield "update raw.events set user_id = 'c4' where message_id < 'm12' and user_id is not null"
    yield "delete from raw.products where product_id = 'T3'"
    yield "update raw.customers set consents = '{\"analytics\": false}' where customer_id in ('c0', 'c7')"
    yield "truncate raw.orders"
    yield "delete from raw.email_events where event_id < 'e5'"
    yield "update raw.email_events set email_index = '\\x05', customer_id = null where event_id > 'e8'"
    yield "update raw.customers set email_index = '\\x05' where customer_id = 'c9'"
    yield "update raw.products set url = 'https://a.example/T1' where product_id in ('T1', 'T2', 'T4')"


def grown(connection, folder, seed, days):
    """Let raw grow in `days` steps with a build after each; return the tables after the last, and after one build."""
    dice = random.Random(seed)
    todo = list(doings(dice))
    dice.shuffle(todo)
    cuts = range(len(todo) - DAY * (days - 1), len(todo), DAY)
    vanish = list(vanishings())
    for day, (since, until) in enumerate(zip([0, *cuts], [*cuts, len(todo)], strict=True)):
        for do in todo[since:until]:
            do(connection)
        if day:
            for statement in dice.sample(vanish, 4):
                connection.execute(statement)
        done = dbt(folder, *(("run",) if day else SEEDS_AND_MODELS), *DAILY)
        assert done.returncode == 0, done.stdout
    daily = tables(connection)
    assert connection.execute("select count(*) from builds.touched").fetchone() == (0,)
    assert dbt(folder, "run", "--full-refresh", *DAILY).returncode == 0
    return daily, tables(connection)


def compared(daily, at_once):
    assert len(daily["intermediate.int_events__attributed"]) > 20
    assert (
        daily["marts.attribution"]
        and daily["marts.contacts"]
        and daily["marts.sessions"]
        and daily["marts.interactions"]
        and daily["marts.preferences"]
    )
    differing = [name for name, rows in at_once.items() if daily.get(name) != rows]
    assert not differing, {name: set(daily[name]) ^ set(at_once[name]) for name in differing[:3]}
    assert daily.keys() == at_once.keys()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_days_built_one_by_one_are_the_whole_built_at_once(warehouse, tmp_path):
    compared(*grown(warehouse, tmp_path, seed=3, days=3))


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", [7])
def test_any_days_built_one_by_one_are_the_whole_built_at_once(warehouse, tmp_path, seed):
    compared(*grown(warehouse, tmp_path, seed=seed, days=8))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_what_another_model_touches_meanwhile_is_not_lost(warehouse, tmp_path):
    grown(warehouse, tmp_path, seed=5, days=1)
    before = tables(warehouse)["marts.sessions"]
    add = "insert into builds.touched (kind, business, key, build) values ('device', 'shop', %s, '')"
    warehouse.execute(add, ["d1"])
    waits = "select true from pg_locks where relation = 'marts.sessions'::regclass and not granted"
    with ThreadPoolExecutor() as aside:
        with warehouse.transaction():
            warehouse.execute("lock table marts.sessions in share mode")
            build = aside.submit(dbt, tmp_path, "run", "--select", "sessions")
            while not warehouse.execute(waits).fetchone():
                assert not build.done(), build.result().stdout
                time.sleep(0.05)
            with warehouse.cursor() as cursor:
                cursor.executemany(add, [[device] for device in DEVICES if device != "d1"])
        done = build.result()
    assert done.returncode == 0, done.stdout
    assert tables(warehouse)["marts.sessions"] == before


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_where_a_rule_changed_what_rests_on_it_is_built_whole_by_itself(warehouse, tmp_path):
    grown(warehouse, tmp_path, seed=5, days=1)
    changed = ("run", *DAILY, "--vars", "{session_ends_after: 2 days, interest_half_life: 3 days}")
    before = tables(warehouse)
    assert dbt(tmp_path, *changed).returncode == 0
    by_itself = tables(warehouse)
    assert dbt(tmp_path, *changed, "--full-refresh").returncode == 0
    compared(by_itself, tables(warehouse))
    assert {name for name, rows in before.items() if by_itself[name] != rows} >= {"marts.sessions", "marts.preferences"}
