import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.connection import home
from warehouse.export import ExportError, file_name

HOSTILE = [
    "../x",
    "..",
    "a/b",
    "/etc/passwd",
    "a\\b",
    "a\0b",
    ".hidden/../..",
    "%2e%2e/x",
    "a\nb",
    "con:",
    "a" * 300,
    "~/x",
    "a..b",
    "spring.mail",
]


@pytest.mark.parametrize("campaign", HOSTILE)
def test_no_campaign_names_a_file_outside_of_the_exports(campaign):
    with pytest.raises(ExportError, match="cannot name a file"):
        file_name("shop", campaign)


@pytest.mark.parametrize("campaign", ["recent-buyers-email", "Frühling 2026", "双十一", "a_b.c", "R&D (test)"])
def test_names_that_people_give_are_kept(campaign):
    assert file_name("shop", campaign) == f"shop-{campaign}.csv"


@given(st.text(max_size=40), st.text(max_size=40))
def test_whatever_the_names_are_the_file_lies_in_the_folder(business, campaign):
    try:
        name = file_name(business, campaign)
    except ExportError:
        return
    folder = (home() / "exports").resolve()
    assert (folder / name).resolve().parent == folder
