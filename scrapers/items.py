"""What every spider yields: a batch of records, stored in one transaction."""

from dataclasses import dataclass

from warehouse.check import Arrival
from warehouse.frontier import Visit


@dataclass
class Batch:
    """Records that belong together, and what is done once they are stored: how far the source is read, which page."""

    arrivals: list[Arrival]
    cursor: dict | None = None
    visit: Visit | None = None
