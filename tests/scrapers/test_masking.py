import pytest

from scrapers.mapping import compiled
from scrapers.masking import masked
from scrapers.sources import Source
from warehouse import vault


@pytest.fixture(autouse=True)
def keys(server):
    """Pseudonyms are keyed."""


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("写信li.ming@mail.example.com可以", "写信[email]可以"),
        ("https://x.example/?to=li%40mail.example", "https://x.example/?to=[email]"),
        ("电话13812345678。", "电话[phone]。"),
        ("+86 138-1234-5678 or +44 20 7946 0958!", "[phone] or [phone]!"),
        ("order 20138123456789, sku A13812345678", "order 20138123456789, sku A13812345678"),
        ("q@q, @@, 6@5, ~@~", "q@q, @@, 6@5, ~@~"),
    ],
)
def test_addresses_and_numbers_of_people_are_masked_and_nothing_else(text, result):
    assert masked(text) == result


def test_a_mention_is_the_beginning_of_its_owners_index():
    owner = "@" + vault.index("handle", "Li_Ming").hex()[:16]
    assert masked("谢谢@li_ming ，好") == f"谢谢{owner} ，好"
    assert masked("@li@tea.example hi") == "@" + vault.index("handle", "li@tea.example").hex()[:16] + " hi"


def test_posts_are_masked_whatever_their_mapping_and_ids_in_their_address_stay():
    apply = compiled(Source(name="s", business="toy", kind="posts"))
    record = {"summary": "call 13812345678", "link": "https://t.example/@li/13812345678", "title": "by @li"}
    post = apply(record)
    assert post["content"] == "call [phone]"
    assert post["url"].startswith("https://t.example/@") and post["url"].endswith("/13812345678")
    assert "@li" not in post["url"] + post["extra"]["title"]
