"""What every spider yields: a batch of records, stored in one transaction."""

import asyncio
from dataclasses import dataclass, field

from warehouse.check import Arrival


@dataclass
class Batch:
    """Records that belong together, and how far the source is read once they are stored (None: no further)."""

    arrivals: list[Arrival]
    cursor: dict | None = None
    stored: asyncio.Event = field(default_factory=asyncio.Event)
