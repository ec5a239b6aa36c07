"""The registrations that arrive on a day, and the newer versions of those whose owner moved or changed their mind."""

import numpy as np

from scrapers.demo.people import CITIES, customer_id, people
from scrapers.demo.world import World, iso

COLUMNS = (
    *("customer_id", "registered_at", "updated_at", "name", "email", "phone", "gender", "birth_year"),
    *("country", "city", "language"),
    *("consent_analytics", "consent_personalisation", "consent_email", "consent_advertising"),
)


def registrations(world: World, day: int) -> list[tuple]:
    """Return the rows that arrive on a day; who registered before the world began arrives on its first day."""
    everyone = people(world)
    arrived = np.maximum(everyone.registered_day, 0) == day
    rows = [_row(world, index, is_update=False) for index in np.flatnonzero(arrived).tolist()]
    updated = np.flatnonzero(everyone.updated_day == day).tolist()
    return rows + [_row(world, index, is_update=True) for index in updated]


def _row(world: World, index: int, is_update: bool) -> tuple:
    everyone = people(world)
    registered = iso(world.time(int(everyone.registered_day[index]), index * 7919 % 80_000))
    updated = iso(world.time(int(everyone.updated_day[index]), 40_000)) if is_update else registered
    consents = everyone.consents[index].tolist()
    city = everyone.city[index]
    if is_update:
        consents[3] = not consents[3]
        city = everyone.new_city[index]
    return (
        customer_id(index),
        registered,
        updated,
        everyone.name(index),
        everyone.email(index),
        f"+86199{index % 10**8:08d}",
        str(everyone.gender[index]),
        int(everyone.birth_year[index]) if index % 17 else "",
        everyone.country(index),
        f"{CITIES[city]}, Old Town" if index % 23 == 0 else CITIES[city],
        everyone.language(index),
        *("true" if consent else "false" for consent in consents),
    )
