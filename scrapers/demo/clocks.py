"""Devices whose clock is wrong: about one in a hundred, by three hours or by ten years."""

from datetime import timedelta

WRONG = (timedelta(hours=3), timedelta(hours=-3), timedelta(days=3652), timedelta(days=-3652))
DEVICES_PER_KIND = 400
RIGHT = timedelta()


def offset(anonymous_id: str) -> timedelta:
    """Return by how much a device's clock is ahead, negative where it is behind."""
    place = int(anonymous_id[:8], 16) % DEVICES_PER_KIND
    return WRONG[place] if place < len(WRONG) else RIGHT
