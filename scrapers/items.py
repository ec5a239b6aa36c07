"""What every spider yields: a batch of records, stored in one transaction."""

from dataclasses import dataclass

from warehouse.check import Arrival


@dataclass
class Batch:
    """Records that belong together, and how far the source is read once they are stored (None: no further)."""

    arrivals: list[Arrival]
    cursor: dict | None = None
