"""The customers of the world: who they are, what they like, by what names they are known."""

import hashlib
from functools import lru_cache

import numpy as np

from scrapers.demo.assortment import ARCHETYPES, COUNTRIES, pairs
from scrapers.demo.catalogue import catalogue
from scrapers.demo.world import World

CITIES = sorted({city for archetype in ARCHETYPES for city in archetype.cities})
SURNAMES = pairs("王|Wang; 李|Li; 张|Zhang; 刘|Liu; 陈|Chen; 杨|Yang; 赵|Zhao; 黄|Huang; 周|Zhou; 吴|Wu; 徐|Xu; 孙|Sun")
GIVEN = pairs("伟|Wei; 芳|Fang; 娜|Na; 敏|Min; 静|Jing; 强|Qiang; 磊|Lei; 洋|Yang; 艳|Yan; 勇|Yong; 军|Jun; 杰|Jie")
ENGLISH = ("Alice Smith", "Ben Jones", "Chloe Brown", "Daniel Taylor", "Emma O'Neill", "Grace Hill", "Henry Wood")
NEVER = -1


class People:
    """All customers as arrays; index i is customer c<i>."""

    def __init__(self, world: World):
        self.world, n = world, world.customers
        draws = world.rng("people")
        shop = catalogue(world)
        self.primary = draws.integers(len(ARCHETYPES), size=n)
        self.secondary = (self.primary + draws.integers(1, len(ARCHETYPES), size=n)) % len(ARCHETYPES)
        self.registered_day = np.where(
            draws.random(n) < 0.6, -draws.integers(1, 700, size=n), draws.integers(world.days, size=n)
        )
        self.is_cold = draws.random(n) < 0.08
        self.activity = np.where(self.is_cold, 0, draws.gamma(0.8, 1.0, n) + 0.03)
        rows = np.repeat(self.primary, 6)
        self.favourites = shop.choose(world.days, rows, draws.random(n * 6)).reshape(n, 6)
        self._staples(draws, shop)
        self._basics(draws)
        self.consents = draws.random((n, 4)) < (0.95, 0.88, 0.72, 0.45)
        moved = self.registered_day + 3 + draws.integers(world.days, size=n)
        self.updated_day = np.where((draws.random(n) < 0.15) & (moved >= 3), moved, NEVER)
        self.devices = draws.integers(1, 4, size=n)
        self.shares_device = (draws.random(n) < 0.1) & (np.arange(n) > 0)

    def _staples(self, draws, shop) -> None:
        """Give about half of the customers one or two goods that they buy again and again."""
        n = self.world.customers
        rebought = np.array([product.is_rebought for product in shop.products])
        weights = shop.taste * rebought * (shop.launch_day == 0)
        cumulated = np.cumsum(weights, axis=1) / weights.sum(axis=1, keepdims=True)
        chosen = np.array([np.searchsorted(cumulated[row], draws.random(2)) for row in self.primary])
        wanted = (draws.random((n, 2)) < (0.5, 0.2)) & ~self.is_cold[:, None]
        self.staples = np.where(wanted, np.minimum(chosen, len(shop) - 1), NEVER)
        self.periods = draws.integers(12, 40, size=(n, 2))
        self.phases = draws.integers(40, size=(n, 2))

    def _basics(self, draws) -> None:
        """Age, gender and city lean on the archetype, so that a newcomer's taste can be guessed."""
        n = self.world.customers
        low, high = np.array([archetype.ages for archetype in ARCHETYPES])[self.primary].T
        self.birth_year = self.world.start.year - draws.integers(low, high + 1)
        female = draws.random(n) < np.array([archetype.female_share for archetype in ARCHETYPES])[self.primary]
        self.gender = np.where(draws.random(n) < 0.06, "", np.where(female, "female", "male"))
        homes = np.array([[CITIES.index(city) for city in archetype.cities] for archetype in ARCHETYPES])
        typical = homes[self.primary, draws.integers(2, size=n)]
        self.city = np.where(draws.random(n) < 0.7, typical, draws.integers(len(CITIES), size=n))
        self.new_city = draws.integers(len(CITIES), size=n)
        self.surname, self.given = draws.integers(len(SURNAMES), size=n), draws.integers(len(GIVEN), size=n)

    def country(self, index: int) -> str:
        """Return where a customer lives."""
        return COUNTRIES.get(CITIES[self.city[index]], "CN")

    def language(self, index: int) -> str:
        """Return the language a customer reads."""
        return "zh" if self.country(index) == "CN" else "en"

    def name(self, index: int) -> str:
        """Return a customer's name in their language."""
        if self.language(index) == "en":
            return ENGLISH[index % len(ENGLISH)]
        return SURNAMES[self.surname[index]][0] + GIVEN[self.given[index]][0]

    def email(self, index: int) -> str:
        """Return a customer's address, in lower case, at a domain reserved for examples."""
        surname, given = SURNAMES[self.surname[index]][1], GIVEN[self.given[index]][1]
        return f"{given}.{surname}{index}@example.{('com', 'net', 'org')[index % 3]}".lower()

    def anonymous_id(self, index: int, device: int) -> str:
        """Return the id of a customer's device; the first device of some is the first of their neighbour."""
        if device == 0 and self.shares_device[index]:
            index -= 1
        return identifier(self.world.seed, "device", index, device)

    def affinity(self, index: int) -> np.ndarray:
        """Return a customer's true share of interest in each product (favourites aside)."""
        taste = catalogue(self.world).taste
        first, second = taste[self.primary[index]], taste[self.secondary[index]]
        return 0.8 * first / first.sum() + 0.2 * second / second.sum()


def customer_id(index: int) -> str:
    """Return the shop's id of a customer."""
    return f"c{index:06d}"


def identifier(*parts: str | int) -> str:
    """Return an id that looks like a UUID, the same for the same parts."""
    text = hashlib.blake2b(":".join(map(str, parts)).encode(), digest_size=16).hexdigest()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


@lru_cache(maxsize=4)
def people(world: World) -> People:
    """Return the customers of a world."""
    return People(world)
