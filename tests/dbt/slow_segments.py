"""Who is in which segment, by a slow and obvious reading of the seed of rules."""

import csv
import operator
from collections import defaultdict

from warehouse.connection import PROJECT


def attributes(connection):
    """Every customer's attributes, from the marts as they stand: {customer: {attribute: value}}."""
    found = defaultdict(dict)
    for table in ("customers", "rfm", "basket_habits", "customer_values"):
        cursor = connection.execute(f"select * from marts.{table} where business = 'shop'")
        names = [column.name for column in cursor.description]
        for row in cursor:
            values = dict(zip(names, row, strict=True))
            found[values["customer_id"]] |= {name: value for name, value in values.items() if value is not None}
    query = "select customer_id, 'preferred_' || dimension, value from marts.preferences where rank = 1"
    for customer, attribute, value in connection.execute(query).fetchall():
        found[customer][attribute] = value
    for customer, of, inclination in inclinations(connection):
        found[customer][of] = inclination
    query = "select customer_id, is_granted from marts.consents where purpose = 'email' and valid_to is null"
    for customer, may_email in connection.execute(query).fetchall():
        found[customer]["may_email"] = may_email
    return found


def inclinations(connection):
    """Yield (customer, (attribute, what it is of), how much) of all interests and preferences."""
    strongest = dict(connection.execute("select customer_id, max(weight) from marts.interests group by 1"))
    for customer, term, weight in connection.execute("select customer_id, term, weight from marts.interests"):
        yield customer, ("interest", term), weight / strongest[customer]
        yield customer, ("interest_weight", term), weight
    shares = defaultdict(float)
    query = "select customer_id, dimension, value, share from marts.preferences"
    for customer, dimension, value, share in connection.execute(query).fetchall():
        parents = value.split(" > ")[:-1] if dimension == "category" else []
        for of in [value, *(" > ".join(parents[: depth + 1]) for depth in range(len(parents)))]:
            shares[customer, (f"{dimension}_share", of)] += share
    for (customer, of), share in shares.items():
        yield customer, of, share


def holds(rule, values, at):
    """Say whether a rule of the seed holds for a customer's attributes."""
    if rule["attribute"] == "days_since_first_order":
        first = values.get("first_order_at")
        value = (at - first).days if first else None
    elif rule["of_value"]:
        known = any(rule["attribute"] in key for key in values if isinstance(key, tuple))
        value = values.get((rule["attribute"], rule["of_value"]), 0 if known else None)
    else:
        value = values.get(rule["attribute"])
    word = str(value).lower() if isinstance(value, bool) else str(value)
    match rule["operator"]:
        case "not in":
            return value is None or word not in rule["value"].split("|")
        case _ if value is None:
            return False
        case "in":
            return word in rule["value"].split("|")
        case "starts with":
            return word.startswith(rule["value"])
        case "=" if not rule["value"].lstrip("-").replace(".", "").isdigit():
            return word == rule["value"]
    compare = {"=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
    return compare[rule["operator"]](float(value), float(rule["value"]))


def members(connection, objecting, at):
    """Who but the objecting is in which segment at a moment: {(segment, customer)}, by a slow reading of the seed."""
    segments = defaultdict(lambda: defaultdict(list))
    for rule in csv.DictReader((PROJECT / "dbt" / "seeds" / "segment_rules.csv").open()):
        if rule["business"] in ("*", "shop"):
            segments[rule["segment_id"]][rule["alternative"]].append(rule)
    everyone = {customer: values for customer, values in attributes(connection).items() if customer not in objecting}
    return {
        (segment, customer)
        for segment, alternatives in segments.items()
        for customer, values in everyone.items()
        if any(all(holds(rule, values, at) for rule in rules) for rules in alternatives.values())
    }
