"""What the dbt project says about itself, out of dbt's own manifest."""

import json


def manifest(folder):
    """Return the manifest that the last dbt run below `folder` wrote."""
    return json.loads((folder / "target" / "manifest.json").read_text())


def described(folder):
    """Return (schema, table, column) of every described column of models and seeds; an empty text does not count."""
    nodes = [n for n in manifest(folder)["nodes"].values() if n["resource_type"] in ("model", "seed")]
    return {
        (node["schema"], node["name"], column)
        for node in nodes
        for column, about in node["columns"].items()
        if node["description"].strip() and about["description"].strip()
    }
