"""The measures of the current runs, models side by side, for humans."""

import psycopg

from ml import reading, writing


def table(connection: psycopg.Connection) -> str:
    """Return one line per model and business; a star marks the model that warm customers get.

    Raises:
        NotReadyError: there is no schema ml yet.
    """
    reading.must_exist(connection, "ml.runs")
    found: dict[tuple, dict[str, float]] = {}
    for business, model, metric, k, value, judged, published in connection.execute(writing.MEASURES):
        row = found.setdefault((business, model, judged, model == published), {})
        row[f"{metric}@{k}"] = value
    if not found:
        return "no measures yet: run `python -m ml recommend`"
    metrics = sorted({metric for values in found.values() for metric in values}, reverse=True)
    lines = [f"{'business':16s} {'model':16s}" + "".join(f"{metric:>11s}" for metric in metrics) + "  customers"]
    for (business, model, judged, is_published), values in sorted(found.items()):
        mark = " *" if is_published else ""
        cells = "".join(f"{values[metric]:11.4f}" for metric in metrics)
        lines.append(f"{business:16s} {model + mark:16s}{cells}  {judged:9,d}")
    return "\n".join([*lines, "* ranks for customers with history"])
