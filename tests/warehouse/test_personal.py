"""Personal values in documents where nobody declared any."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse import personal, vault

DOCUMENT = {
    "ip": "203.0.113.7",
    "traits": {"email": "Li@Example.cn", "plan": "gold"},
    "page": {"url": "https://shop.example/?mail=li%40example.cn", "path": "/tea"},
    "items": [{"name": "Tea", "buyer": {"firstName": "雷", "Phone-Number": "+86 13800138000"}}],
    "note": "write to li@example.cn, please",
    "price": 9.9,
}


@pytest.fixture(autouse=True)
def keys(server):
    """A master key for the blind indexes."""


def test_personal_values_become_their_blind_index_and_the_rest_stays():
    found = personal.withheld(DOCUMENT)
    email = f"email:{vault.index('email', 'li@example.cn').hex()}"
    assert found["traits"]["email"] == email
    assert found["note"] == f"write to {email}, please"
    assert found["page"] == {"url": f"https://shop.example/?mail={email}", "path": "/tea"}
    assert found["items"][0]["name"] == "Tea" and found["price"] == 9.9
    clear = json.dumps(found, ensure_ascii=False)
    assert not [value for value in ("203.0.113", "Li@", "li@", "gold", "雷", "13800138000") if value in clear]


@pytest.mark.parametrize(
    "name", ["email", "E-Mail", "eMail", "EMAIL", "phoneNumber", "phone_number", "IP", "ipAddress"]
)
def test_a_quick_look_finds_every_usual_spelling_however_deep(name):
    document = {"a": [{"b": {name: "x"}}]}
    assert personal.may_be_in(document, json.dumps(document).encode())
    assert personal.withheld(document) != document


def test_a_quick_look_passes_what_a_shop_says_of_its_goods():
    document = {"product_id": "p1", "name": "Tea", "price": 9.9, "items": [{"item_id": "p2", "index": 1}]}
    assert not personal.may_be_in(document, json.dumps(document).encode())


leaves = (
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=9) | st.sampled_from(["a@b.cn", "%40"])
)
names = st.sampled_from(["email", "ip", "a", "traits", "Phone"]) | st.text(max_size=4)
documents = st.dictionaries(
    names,
    st.recursive(leaves, lambda one: st.lists(one, max_size=3) | st.dictionaries(names, one, max_size=3), max_leaves=9),
    max_size=4,
)


@given(documents)
def test_whatever_the_quick_look_passes_has_nothing_to_withhold(document):
    if not personal.may_be_in(document, json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")):
        assert personal.withheld(document) == document
