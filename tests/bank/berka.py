"""A Czech bank of the nineties (Berka's data of PKDD'99): its files, read without the project."""

import csv
import gzip

import pytest

from tests.real_data import SHARED, needs

DATA = SHARED / "berka_pkdd99"
SOURCES = {
    "bank_customers": ("client.asc", 5_369),
    "bank_accounts": ("account.asc", 4_500),
    "bank_dispositions": ("disp.asc", 5_369),
    "bank_loans": ("loan.asc", 682),
    "bank_cards": ("card.asc", 892),
    "bank_standing_orders": ("order.asc", 6_471),
    "bank_regions": ("district.asc", 77),
    "bank_transactions": ("trans_head.asc.gz", 49_103),
    "bank_later_transactions": ("feup_trans_test.csv", 30_200),
}
MARKS = [
    pytest.mark.slow,
    pytest.mark.real_data,
    pytest.mark.timeout(900),
    needs("berka_pkdd99"),
]


def rows(connection, query):
    return connection.execute(query).fetchall()


def of_file(name):
    """Yield the whole records of a file as dicts, read without the project."""
    opened = gzip.open if name.endswith(".gz") else open
    with opened(DATA / name, "rt", newline="") as file:
        for record in csv.DictReader(file, delimiter=";"):
            if None not in record.values():
                yield record
