"""Google Analytics 4, the daily export to BigQuery: lists of {key, value} become objects.

https://support.google.com/analytics/answer/7029846
"""

VALUES = ("string_value", "int_value", "float_value", "double_value")
UNSET = (None, "", "(not set)")


def records(payload: dict) -> list[dict]:
    """Return the event with `params`, `user_properties`, `items` and `properties`, which are all but the user's."""
    params = _flat(payload.get("event_params"))
    items, ecommerce = payload.get("items"), payload.get("ecommerce")
    items = [_set(item) for item in (items if isinstance(items, list) else []) if isinstance(item, dict)]
    properties = (_set(ecommerce) if isinstance(ecommerce, dict) else {}) | params
    if items:
        properties["items"] = items
    flat = {"params": params, "items": items, "properties": properties}
    return [payload | flat | {"user_properties": _flat(payload.get("user_properties"))}]


def _flat(pairs: object) -> dict:
    """Return {key: value} of GA4's list of keys, each with a value of one type."""
    found = {}
    for pair in pairs if isinstance(pairs, list) else []:
        if isinstance(pair, dict) and isinstance(pair.get("key"), str) and isinstance(pair.get("value"), dict):
            value = next((pair["value"][name] for name in VALUES if pair["value"].get(name) is not None), None)
            if value not in UNSET:
                found[pair["key"]] = value
    return found


def _set(item: dict) -> dict:
    """Return the members that are set; parameters of an item stand beside them."""
    parameters = _flat(item.get("item_params"))
    return {k: v for k, v in item.items() if k != "item_params" and v not in UNSET} | parameters
