"""Export campaigns to `exports/`: who gets which offer and why, and what each channel's tools take; no hold-out in any.

Of every campaign a list of offers; for e-mail one row a customer with the address in clear; for channels of ad
platforms (the seed channel_addresses) the hashed lists that Google's Customer Match and Meta's Custom Audiences take;
for printed matter a code a customer.
"""

import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import psycopg

from warehouse import addresses, links
from warehouse.connection import home
from warehouse.hand_over import HandedOver, hand_over

COLUMNS = ("customer_id", "channel", "rank", "product_id", "product_name", "reason")
CAMPAIGNS = """
select
    campaigns.business, campaign_id, channel, address, quiet_until || '-' || quiet_from || ' ' || time_zone,
    audience_id, audiences.version
from seeds.campaigns as campaigns
left join seeds.channel_addresses as channel_addresses using (channel)
left join seeds.quiet_hours as quiet_hours using (business, channel)
left join marts.audience_definitions as audiences using (business, audience_id)
order by 1, 2
"""
OFFERS = """
select offers.customer_id, offers.channel, offers.rank, offers.product_id, products.name, offers.reason, products.url
from marts.campaign_offers as offers
left join marts.products as products using (business, product_id)
where offers.business = %s and offers.campaign_id = %s
order by 1, 3
"""
OFFERS_IN_MAIL = 3
MAIL = ("customer_id", "email", "name", "campaign_id", "send_window", "open_path") + tuple(
    f"{what}_{number}"
    for number in range(1, OFFERS_IN_MAIL + 1)
    for what in ("product_id", "product_name", "reason", "click_path")
)
PRINT = ("customer_id", "campaign_id", "code") + tuple(
    f"{what}_{number}" for number in range(1, OFFERS_IN_MAIL + 1) for what in ("product_id", "product_name", "reason")
)
ISSUE = """
insert into activation.codes (business, code, campaign_id, customer_id, channel)
select %s, code, %s, customer_id, %s
from unnest(%s::text[], %s::text[]) as issued (customer_id, code)
on conflict (business, code) do nothing
"""
# What follows a campaign in the names of its other files.
OF_TOOLS = (".mail", ".google", ".meta", ".print", ".adds", ".removes")


class ExportError(Exception):
    """Nothing was exported; the message says why and what to do."""


def export(connection: psycopg.Connection) -> Iterator[HandedOver]:
    """Write the files of each campaign; `connection` is in autocommit, and memory holds one campaign."""
    if not connection.execute("select to_regclass('marts.campaign_offers')").fetchone()[0]:
        raise ExportError(
            "nothing to export: marts.campaign_offers does not exist; "
            "run `dbt build --project-dir dbt --profiles-dir dbt --select tag:campaign` first"
        )
    folder = home() / "exports"
    folder.mkdir(parents=True, exist_ok=True)
    for business, campaign, channel, address, window, *audience in connection.execute(CAMPAIGNS).fetchall():
        offers = connection.execute(OFFERS, [business, campaign]).fetchall()
        path = folder / file_name(business, campaign)
        if not offers and not path.exists():
            continue
        listed = [row[:-1] for row in offers]
        yield hand_over(connection, path, COLUMNS, listed, ("customer_id", "rank"), audience)
        customers = list(dict.fromkeys(row[0] for row in offers))
        if address == "post":
            codes = {customer: links.code(business, customer, campaign) for customer in customers}
            connection.execute(ISSUE, [business, campaign, channel, customers, list(codes.values())])
            rows = _prints(campaign, offers, codes)
            yield hand_over(connection, path.with_suffix(".print.csv"), PRINT, rows, ("customer_id",), audience)
        elif address:
            known = addresses.addresses(connection, business, customers, f"export of {campaign}")
            if address == "email":
                rows = _mails(business, campaign, window or "", offers, known)
                yield hand_over(connection, path.with_suffix(".mail.csv"), MAIL, rows, ("customer_id",), audience)
            else:
                yield from _aimed(connection, path, list(known.values()), audience)


def _mails(business, campaign: str, window: str, offers: list[tuple], known: dict) -> Iterator[list]:
    """Yield a row for each customer with an e-mail address; paths lead through the API, which counts and forwards."""
    for customer, of_customer in groupby(offers, key=lambda row: row[0]):
        if customer in known and known[customer].email:
            opened = f"/o/{links.token('open', business, customer, campaign)}.gif"
            row = [customer, known[customer].email, known[customer].name or "", campaign, window, opened]
            for _, _, _, product, name, reason, url in list(of_customer)[:OFFERS_IN_MAIL]:
                path = f"/l/{links.token('click', business, customer, campaign, url)}" if url else ""
                row += [product, name, reason, path]
            yield row + [""] * (len(MAIL) - len(row))


def _prints(campaign: str, offers: list[tuple], codes: dict[str, str]) -> Iterator[list]:
    """Yield a row for each customer; whoever prints knows their postal address, which is kept nowhere here."""
    for customer, of_customer in groupby(offers, key=lambda row: row[0]):
        row = [customer, campaign, codes[customer]]
        for _, _, _, product, name, reason, _ in list(of_customer)[:OFFERS_IN_MAIL]:
            row += [product, name, reason]
        yield row + [""] * (len(PRINT) - len(row))


def _aimed(connection, path: Path, known: list[addresses.Address], audience) -> Iterator[HandedOver]:
    """Write the lists of ad platforms, sorted so that not even an order tells who is who."""
    hashed, e164 = addresses.hashed, addresses.e164
    google = {(hashed(addresses.google_email(one.email)), hashed(e164(one.phone))) for one in known}
    meta = {
        (hashed(addresses.plain_email(one.email)), hashed((e164(one.phone) or "").removeprefix("+"))) for one in known
    }
    for platform, header, rows in (("google", ("Email", "Phone"), google), ("meta", ("email", "phone"), meta)):
        rows = sorted(row for row in rows if any(row))
        yield hand_over(connection, path.with_suffix(f".{platform}.csv"), header, rows, header, audience)


def file_name(business: str, campaign: str) -> str:
    """Return the name of a campaign's file in the folder of exports, and never one outside of it.

    Raises:
        ExportError: a name that leads elsewhere, is hidden, or is none of a file on every system.
    """
    name = f"{business}-{campaign}.csv"
    is_taken = Path(campaign).suffix.casefold() in OF_TOOLS
    if not re.fullmatch(r"\w[\w .&+()-]{0,200}", name) or ".." in name or is_taken:
        raise ExportError(f"the campaign {campaign!r} of {business!r} cannot name a file: use letters, digits, - and _")
    return name
