"""One business's conversions, credited to channels by their removal effects: read, reckon, write."""

from collections import defaultdict
from decimal import Decimal

import psycopg

from ml import reading, writing
from ml.markov import Path, removal_effects
from ml.progress import announcer

ORDERS = (1, 2, 3)
NONE = "(none)"
PLACES = Decimal("0.0001")


def attribution(connection: psycopg.Connection, business: str) -> None:
    """Replace a business's credits of channels by those of its journeys as they are now."""
    say = announcer(business)
    with writing.alone(connection, business), connection.transaction():
        found, untouched = reading.journeys(connection, business)
        paths = merged(found)
        rows = []
        for order in ORDERS:
            effects = removal_effects(paths, order)
            rows += [(f"markov_{order}", *row) for row in credits(effects, found, untouched)]
        count = writing.replace(connection, "channel_credits", business, rows)
    say(f"{len(paths):,} different paths, {count:,} credits of channels")


def merged(found: list[tuple]) -> list[Path]:
    """Return each path once, whatever its currency; what was refunded whole did not convert."""
    sums = defaultdict(lambda: [0.0, 0.0])
    for channels, _, journeys, conversions, _ in found:
        sums[tuple(channels)][0] += journeys
        sums[tuple(channels)][1] += min(max(float(conversions), 0.0), journeys)
    return [Path(channels, *counts) for channels, counts in sorted(sums.items())]


def credits(effects: dict[str, float], found: list[tuple], untouched: list[tuple]):
    """Yield (channel, currency, removal effect, conversions, revenue), which add up to all conversions and revenue.

    Where no channel has an effect, nobody is credited but (none).
    """
    totals = defaultdict(lambda: [Decimal(0), Decimal(0)])
    nobody = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for _, currency, _, conversions, revenue in found:
        _add((totals if sum(effects.values()) else nobody)[currency], conversions, revenue)
    for currency, conversions, revenue in untouched:
        _add(nobody[currency], conversions, revenue)
    for currency, sums in sorted(totals.items()):
        if not any(sums):
            continue
        shared = [shares(effects, total) for total in sums]
        for channel, effect in effects.items():
            yield channel, currency, effect, *(of_total[channel] for of_total in shared)
    for currency, sums in sorted(nobody.items()):
        yield NONE, currency, None, *sums


def shares(effects: dict[str, float], total: Decimal) -> dict[str, Decimal]:
    """Return a total shared out by weights: differences of its rounded running shares, so that nothing is lost."""
    whole, so_far, given, found = sum(effects.values()), 0.0, Decimal(0), {}
    for place, (channel, effect) in enumerate(effects.items(), 1):
        so_far += effect
        until = total if place == len(effects) else (total * Decimal(so_far / whole)).quantize(PLACES)
        found[channel], given = until - given, until
    return found


def _add(sums: list[Decimal], conversions, revenue) -> None:
    sums[0] += Decimal(conversions)
    sums[1] += Decimal(revenue)
