"""The parameters of a world, from which everything else follows: the same parameters give the same bytes."""

import zlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

EVENTS_PER_SESSION = 6.6  # measured at the defaults, machines included


@dataclass(frozen=True)
class World:
    """A shop of some size, watched for some days."""

    seed: int = 7
    customers: int = 400
    products: int = 150
    days: int = 90
    start: date = date(2026, 3, 1)
    events_per_customer_day: float = 0.655

    @property
    def sessions_per_day(self) -> float:
        """Return how many visits a usual day brings."""
        return self.customers * self.events_per_customer_day / EVENTS_PER_SESSION

    def rng(self, *purpose: str | int) -> np.random.Generator:
        """Return the random numbers of one purpose, independent of all others."""
        keys = [zlib.crc32(part.encode()) if isinstance(part, str) else part for part in purpose]
        return np.random.default_rng([self.seed, *keys])

    def date(self, day: int) -> date:
        """Return the date of a day; day 0 is the start."""
        return self.start + timedelta(days=day)

    def time(self, day: int, second: float) -> datetime:
        """Return the UTC time of a second of a day."""
        midnight = datetime.combine(self.date(day), datetime.min.time(), UTC)
        return midnight + timedelta(seconds=int(second))


def iso(time: datetime) -> str:
    """Return a time the way feeds write it: 2026-03-01T08:00:00Z."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
