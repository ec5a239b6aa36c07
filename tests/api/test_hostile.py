"""Whatever is asked, no answer is a failure of ours, and none shows a row that was not asked for or may not be seen."""

import asyncio
import itertools
import re
import socket
import time
from urllib.parse import quote

import httpx
import hypothesis
import pytest
import schemathesis
from schemathesis import checks
from schemathesis.specs.openapi import checks as conformance

from tests.api import world
from warehouse.api import guard, server
from warehouse.api.app import application

CHECKS = [
    checks.not_a_server_error,
    conformance.status_code_conformance,
    conformance.content_type_conformance,
    conformance.response_schema_conformance,
]
OPERATIONS = [found.ok() for found in schemathesis.openapi.from_dict(application().openapi()).get_all_operations()]
WORDS = (
    "' or 1=1 --",
    '" or ""="',
    "'; drop table serving.customers; --",
    "1) union select secret_hash from access.keys --",
    "$$; select pg_sleep(10); $$",
    "\\'; commit; --",
    "%' or '1'='1",
    "pg_read_file('/etc/passwd')",
    "(select current_user)",
    "../../../../etc/passwd",
    "\u0000",
    "\u202e\u0301",
    "\U0001f600" * 50,
    "NaN",
    "Infinity",
    "-1e400",
    "9" * 400,
    "{}",
    "[]",
    "null",
    "",
    " ",
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    "%s %(business)s {}",
)
FORMS = (
    "customer_id.eq.{}",
    "revenue.gt.{}",
    "last_order_at.lte.{}",
    "city.in.{}",
    "city.like.{}",
    "{}.eq.1",
    "city.{}.1",
    "city.is.{}",
    "business.eq.{}",
    "{}",
)
PATHS = ("/customers/{}", "/products/{}", "/products/{}/similar", "/segments/{}/members", "/segments/{}/popular")
PATHS += ("/recommendations/{}", "/recommendations/{}/exclusions", "/campaigns/{}", "/tables/{}")
PATHS += ("/audiences/{}", "/audiences/{}/members")
ASKED = {"/campaigns/spring": ("arm", "segment", "outcome"), "/channels": ("model", "channel")}
FILTERS = [form.replace("{}", word) for form, word in itertools.product(FORMS, WORDS)]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.label)
def test_every_answer_is_one_that_openapi_describes(operation, client, api):
    @hypothesis.given(case=operation.as_strategy())
    @hypothesis.settings(
        max_examples=30,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
    )
    def ask(case):
        case.call_and_validate(base_url=api.url, headers=dict(client.headers), checks=CHECKS)

    ask()


def test_without_a_key_only_health_and_signed_links_answer(api):
    answers = {}
    for operation in OPERATIONS:
        path = re.sub(r"{\w+}", "x", operation.path)
        answers[operation.label] = httpx.request(operation.method, api.url + path).status_code
    public = {"GET /health": 200, "GET /l/{token}": 404, "GET /o/{token}.gif": 404}
    assert len(answers) == 23
    assert {label: code for label, code in answers.items() if code != 401} == public


def test_over_200_hostile_filters_show_no_row_of_others_and_break_nothing(client, module_warehouse):
    assert len(FILTERS) >= 200
    everyone = {f"c{n}" for n in range(world.CUSTOMERS)}
    statuses = set()
    for one in FILTERS:
        for asked in ({"filter": one}, {"sort": one[:100]}, {"columns": one}, {"after": one}):
            found = client.get("/tables/customers", params=asked | {"limit": 1000})
            statuses.add(found.status_code)
            assert found.status_code in (200, 400, 422), (asked, found.text)
            if found.status_code == 200:
                rows = found.json()["rows"]
                assert {row["customer_id"] for row in rows if "customer_id" in row} <= everyone
                assert "Atlantis" not in found.text and "business" not in rows[:1]
    assert statuses == {200, 400, 422}
    for word in WORDS:
        for path in PATHS:
            assert client.get(path.format(quoted(word))).status_code in (200, 404, 422), (path, word)
        for path, names in ASKED.items():
            for name in names:
                found = client.get(path, params={name: word})
                assert found.status_code in (200, 422) and "drawn by other" not in found.text, (path, name, word)
        found = client.get("/products", params={"q": word})
        assert found.status_code in (200, 422) and "hidden" not in found.text
    assert module_warehouse.execute("select count(*) from marts.customers").fetchone() == (world.CUSTOMERS + 1,)


def quoted(word):
    return quote(word, safe="") or "%20"


@pytest.mark.parametrize(
    "asked, status",
    [
        ({"limit": 1001}, 422),
        ({"limit": 0}, 422),
        ({"filter": ["city.eq.x"] * 11}, 422),
        ({"filter": "city.in." + ",".join("x" * 101)}, 400),
        ({"columns": "customer_id,nothing"}, 400),
        ({"sort": "nothing"}, 400),
        ({"filter": "order_count.eq.many"}, 400),
        ({"format": "xml"}, 422),
        ({"after": "AAAA"}, 422),
    ],
)
def test_every_limit_of_a_question_is_kept(client, asked, status):
    found = client.get("/tables/customers", params=asked)
    assert found.status_code == status and found.json()["detail"], found.text


def beyond(schema):
    """Yield values just beyond each bound that OpenAPI states of a parameter."""
    for one in (schema, *schema.get("anyOf", ())):
        if "maximum" in one:
            yield one["maximum"] + 1
        if "minimum" in one:
            yield one["minimum"] - 1
        if "maxLength" in one:
            yield "x" * (one["maxLength"] + 1)
        if one.get("minLength"):
            yield ""


BOUNDED = [
    (label, path, parameter["in"], parameter["name"], value)
    for path, methods in application().openapi()["paths"].items()
    for label, operation in methods.items()
    for parameter in operation.get("parameters", ())
    for value in beyond(parameter["schema"])
    if value or parameter["in"] == "query"
]


def test_every_bound_that_openapi_states_is_kept(client):
    assert len(BOUNDED) >= 39
    for method, path, place, name, value in BOUNDED:
        asked = ({"q": "tea"} if path == "/products" else {}) | ({name: value} if place == "query" else {})
        filled = path.replace(f"{{{name}}}", str(value))
        found = client.request(method, re.sub(r"{\w+}", "customers", filled), params=asked)
        assert found.status_code == 422 and name in found.json()["detail"], (method, path, name, found.text[:200])


def test_a_table_that_is_not_published_cannot_be_asked(client):
    for name in ("releases", "readers", "keys", "pg_authid", "serving.customers", "marts.customers"):
        assert client.get(f"/tables/{name}").status_code == 404


def test_a_statement_that_takes_too_long_is_ended_and_the_next_one_runs(client, module_warehouse):
    with module_warehouse.transaction():  # a lock that no question gets past
        module_warehouse.execute("lock table release_1.products in access exclusive mode")
        found = client.get("/products/p1")
        assert found.status_code == 503 and found.headers["retry-after"]
        assert client.get("/customers/c1").status_code == 200
    assert client.get("/products/p1").status_code == 200


def test_a_request_that_takes_too_long_is_ended(monkeypatch):
    async def sleeping(scope, receive, send):
        await asyncio.sleep(60)

    async def ask():
        transport = httpx.ASGITransport(guard.Guard(sleeping))
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
            return await client.get("/")

    monkeypatch.setattr(guard, "SECONDS", 0.1)
    found = asyncio.run(ask())
    assert found.status_code == 503 and found.headers["retry-after"] and "longer than" in found.json()["detail"]


def test_more_connections_than_it_serves_are_refused_until_some_are_closed(api):
    address = httpx.URL(api.url)
    held = [socket.create_connection((address.host, address.port)) for _ in range(server.CONCURRENT + 1)]
    try:
        assert httpx.get(f"{api.url}/health").status_code == 503
    finally:
        [one.close() for one in held]
    until = time.monotonic() + 10
    while httpx.get(f"{api.url}/health").status_code != 200:
        assert time.monotonic() < until
        time.sleep(0.05)
