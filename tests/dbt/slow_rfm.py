"""Recency, frequency and monetary with their fifths, from raw order lines, slowly and obviously in pandas."""

import csv
import re
from datetime import timedelta
from decimal import Decimal

import pandas as pd

from warehouse.connection import PROJECT

LINES = """
    select customer_id, order_id, product_id, quantity, unit_price, ordered_at, loaded_at,
        lower(trim(coalesce(status, 'completed')))
    from raw.orders where business = %s and nullif(trim(customer_id), '') is not null
"""
COLUMNS = ["customer_id", "order_id", "product_id", "quantity", "unit_price", "ordered_at", "loaded_at", "status"]


def order_lines(connection, business):
    """Return all order lines of known customers with `is_kept`: what is a purchase."""
    lines = pd.DataFrame(connection.execute(LINES, [business]).fetchall(), columns=COLUMNS)
    codes = csv.DictReader((PROJECT / "dbt" / "seeds" / "non_product_codes.csv").open())
    patterns = [row["pattern"] for row in codes if row["business"] in ("*", business)]
    is_code = {product: any(re.search(p, product) for p in patterns) for product in lines.product_id.unique()}
    lines["is_kept"] = (
        (lines.status == "completed")
        & (lines.quantity > 0)
        & (lines.unit_price > 0)
        & ~lines.product_id.map(is_code)
        & (lines.ordered_at <= lines.loaded_at + timedelta(days=1))
    )
    lines["revenue"] = lines.quantity * lines.unit_price
    return lines


def rfm(lines, now_at):
    """Return recency, frequency, monetary and their fifths of each customer with an order, by customer."""
    kept = lines[lines.is_kept].groupby("customer_id")
    last = kept.ordered_at.max()
    found = pd.DataFrame(
        {
            "recency_days": last.map(lambda at: (now_at.date() - at.date()).days),
            "frequency": kept.order_id.nunique(),
            "monetary": kept.revenue.agg(lambda amounts: sum(amounts, Decimal(0))),
        }
    )
    found["recency_quintile"] = fifths(-found.recency_days)
    found["frequency_quintile"] = fifths(found.frequency)
    found["monetary_quintile"] = fifths(found.monetary.astype(float))
    return found


def fifths(values):
    """Return pandas' qcut of ranks, 1..5; equal values share the mean of their places."""
    edges = pd.qcut(pd.Series(range(1, len(values) + 1)), 5, retbins=True)[1]
    return pd.cut(values.rank(method="average"), edges, labels=False, include_lowest=True) + 1


def found_rfm(connection, business):
    """Return the buyers of marts.rfm in the same form."""
    columns = ["recency_days", "frequency", "monetary", "recency_quintile", "frequency_quintile", "monetary_quintile"]
    query = f"select customer_id, {', '.join(columns)} from marts.rfm where business = %s and frequency > 0"
    rows = connection.execute(query, [business]).fetchall()
    return pd.DataFrame(rows, columns=["customer_id", *columns]).set_index("customer_id").sort_index()
