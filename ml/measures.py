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
    judged: dict[str, int] = {}
    for business, model, metric, k, value, customers, published in connection.execute(writing.MEASURES):
        found.setdefault((business, model, model == published), {})[f"{metric}@{k}"] = value
        judged[business] = max(customers, judged.get(business, 0))
    if not found:
        return "no measures yet: run `python -m ml recommend`"
    metrics = dict.fromkeys(metric for values in found.values() for metric in values)
    lines = [f"{'business':16s} {'model':16s}" + "".join(f"{metric:>14s}" for metric in metrics) + "  customers"]
    for (business, model, is_published), values in sorted(found.items()):
        mark = " *" if is_published else ""
        cells = "".join(f"{values[metric]:14.4f}" if metric in values else f"{'':14s}" for metric in metrics)
        lines.append(f"{business:16s} {model + mark:16s}{cells}  {judged[business]:9,d}")
    refused = [
        f"{business}: run {run_id}, tried since, was refused: {reason}"
        for business, run_id, reason in connection.execute(writing.REFUSED)
    ]
    return "\n".join([*lines, "* ranks for customers with history", *refused])
