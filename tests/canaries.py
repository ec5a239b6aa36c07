"""A thousand personal values to plant in every kind of feed, and a search for them in any form."""

import csv
import io
import json
from pathlib import Path

import yaml

PEOPLE = 250
MARK, DIGITS = "kanarie", "77318240"  # in every planted name, address and handle; in every planted number
SIGNS = [MARK, DIGITS]
MOMENT = "2026-03-01T10:00:00Z"


def person(n):
    return f"Kanarie{n:04} Veldkers", f"kanarie.{n:04}@mail.example", f"+{DIGITS}{n:04}", f"@kanarie_{n:04}"


def planted(folder):
    """Write every kind of feed with the values in it, whole and broken; return the sources file and the values."""
    people = [person(n) for n in range(PEOPLE)]
    customers = io.StringIO()
    writer = csv.writer(customers)
    writer.writerow(["customer_id", "name", "email", "phone", "birth_year", "home", "registered_at"])
    events, mails, posts, orders = [], [], [], []
    for n, (name, email, phone, handle) in enumerate(people):
        year = "abc" if n % 50 == 0 else 1980  # a broken registration goes to quarantine with all that it says
        writer.writerow([f"c{n}", name, email, phone, year, f"{name}, {DIGITS} Lane", MOMENT])
        event = {"messageId": f"m{n}", "timestamp": MOMENT, "userId": f"c{n}", "sentAt": MOMENT, "receivedAt": MOMENT}
        url = f"https://shop.example/?e={email.replace('@', '%40')}"
        context = {"ip": f"10.{DIGITS}", "page": {"url": url}, "userAgent": "Mozilla/5.0 (X11; Linux) Firefox/140.0"}
        context["traits"] = {"name": name}
        properties = {"product_id": "p1", "email": email, "note": f"call {email}"}
        event |= {"type": "track", "event": "Product Viewed", "context": context, "properties": properties}
        events.append(json.dumps(event) if n % 50 else json.dumps(event)[:-9])
        traits = {"name": name, "email": email, "phone": phone}
        events.append(json.dumps(event | {"messageId": f"i{n}", "type": "identify", "event": None, "traits": traits}))
        mails.append({"event_id": f"e{n}", "event": "Email Opened", "email": email, "occurred_at": MOMENT})
        mails[-1] |= {"response": f"550 {email} is full"} if n % 50 else {"occurred_at": f"not a time {email}"}
        posts.append({"post_id": f"p{n}", "author": handle, "content": "Lovely tea", "posted_at": MOMENT})
        orders.append(
            {"order_id": f"o{n}", "customer_id": f"c{n}", "product_id": "p1", "quantity": 1, "unit_price": 9.9}
        )
        orders[-1] |= {"ordered_at": MOMENT, "currency": "CNY", "email": email, "shipping_address": f"{DIGITS} Lane"}
    files = {
        "customers": ("customers.csv", customers.getvalue()),
        "events": ("events.jsonl", "\n".join(events)),
        "email_events": ("mails.json", json.dumps(mails)),
        "posts": ("posts.jsonl", "\n".join(map(json.dumps, posts))),
        "orders": ("orders.jsonl", "\n".join(map(json.dumps, orders))),
    }
    sources = {}
    for kind, (name, text) in files.items():
        (folder / name).write_text(text)
        sources[f"toy_{kind}"] = {"kind": kind, "path": str(folder / name), "format": name.split(".")[1]}
    columns = ["post_id", "author", "content", "posted_at"]
    sources["toy_posts"]["mapping"] = {name: name for name in columns}
    file = folder / "sources.yml"
    file.write_text(yaml.safe_dump({"business": "toy", "sources": sources}))
    return file, sources, people


def holding(folder, signs):
    """The files below a folder that hold any of the signs, in any case, as text, as hex or in UTF-16."""
    forms = [form for sign in signs for form in (sign.encode(), sign.encode().hex().encode(), sign.encode("utf-16-le"))]
    found = []
    for path in Path(folder).rglob("*"):
        if path.is_file():
            content = path.read_bytes().lower()
            found += [f"{path.name}: {form}" for form in forms if form in content]
    return found
