"""Pages: where one ends stands in a token, together with its release; rows as JSON or CSV."""

import base64
import csv
import io

import msgspec
from fastapi import HTTPException, Response

from warehouse.hand_over import neutral

JSON = msgspec.json.Encoder(decimal_format="number")
INTERNAL = ("release_id", "place")


def token(release: int, place: list) -> str:
    """Return what names the place of the last row of a page."""
    return base64.urlsafe_b64encode(JSON.encode([release, place])).decode().rstrip("=")


def place(after: str | None, size: int) -> tuple[int | None, list | None]:
    """Return the release and the place, of `size` values, that a token names; nothing where there is no token.

    Raises:
        HTTPException: 422, it is no token of this page.
    """
    if after is None:
        return None, None
    try:
        padded = after.encode("ascii") + b"=" * (-len(after) % 4)
        text = base64.b64decode(padded, b"-_", validate=True)
        release, values = msgspec.json.decode(text, type=tuple[int, list[str | None]])
        if len(values) != size or any(value and "\0" in value for value in values):
            raise ValueError
    except (ValueError, msgspec.DecodeError):
        raise HTTPException(422, "after: take it from `next` of the page before") from None
    return release, values


def page(rows: list[dict], limit: int, release: int | None, csv_columns: list[str] | None = None) -> Response:
    """Return a page of rows, each with its `release_id` and its `place`; one more than the limit tells of a next page.

    Raises:
        HTTPException: 410, the page before was of another release.
    """
    current = rows[0]["release_id"] if rows else release
    if release is not None and current != release:
        raise HTTPException(410, f"release {release} was replaced by {current}: begin again without `after`")
    following = token(current, rows[limit - 1]["place"]) if len(rows) > limit else None
    shown = [{name: value for name, value in row.items() if name not in INTERNAL} for row in rows[:limit]]
    if csv_columns is not None:
        return _csv(shown, csv_columns, current, following)
    content = JSON.encode({"release": current, "rows": shown, "next": following})
    return Response(content, media_type="application/json")


def _csv(rows: list[dict], columns, release: int | None, following: str | None) -> Response:
    """Return rows as CSV (RFC 4180); release and next page stand in headers."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_cell(row[name]) for name in columns] for row in rows)
    headers = {"X-Release": str(release)} if release is not None else {}
    if following:
        headers["X-Next"] = following
    return Response(text.getvalue(), headers=headers, media_type="text/csv")


def _cell(value):
    return JSON.encode(value).decode() if value.__class__ in (dict, list) else neutral(value)
