"""The products of the world and how strongly each kind of customer is drawn to them."""

import itertools
import json
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np

from scrapers.demo.assortment import ARCHETYPES, BRANDS, CATEGORIES, SHELVES, TERMS, pairs
from scrapers.demo.world import World

USES = (
    ("日常", "every day"),
    ("送礼", "giving away"),
    ("办公室", "the office"),
    ("周末", "slow weekends"),
    ("旅途", "the road"),
    ("家人", "the whole family"),
)


class Product(NamedTuple):
    """One product; `terms` are the planted taste terms that its texts carry."""

    product_id: str
    name: str
    brand: str
    category: str
    shelf: str
    description: str
    terms: tuple[str, ...]
    price: str
    is_rebought: bool
    is_cold: bool
    in_stock: bool
    launch_day: int

    @property
    def path(self) -> str:
        """Return the category path, e.g. Tea > Green tea."""
        return f"{self.category} > {self.shelf}"


class Catalogue:
    """All products, and the weights by which they are chosen."""

    def __init__(self, world: World):
        self.world = world
        goods = [_goods(world, number, shelf) for number, shelf in enumerate(SHELVES)]
        per_shelf = itertools.chain.from_iterable(itertools.zip_longest(*goods))
        chosen = list(itertools.islice((good for good in per_shelf if good), world.products))
        draws = world.rng("catalogue")
        cold = draws.random(len(chosen)) < 0.06
        late = draws.random(len(chosen)) < 0.08
        launches = (world.days * draws.uniform(0.4, 0.9, len(chosen))).astype(int)
        stock = draws.random(len(chosen)) > 0.05
        self.products = [
            good._replace(
                product_id=f"p{number:04d}",
                is_cold=bool(cold[number]),
                in_stock=bool(stock[number]),
                launch_day=int(launches[number]) if late[number] and not cold[number] else 0,
            )
            for number, good in enumerate(chosen)
        ]
        self.popularity = np.where(cold, 0, draws.lognormal(0, 1.0, len(chosen)))
        self.trend = draws.normal(0, 0.7, len(chosen))
        self.launch_day = np.array([product.launch_day for product in self.products])

    def __len__(self):
        """Return the number of products."""
        return len(self.products)

    @cached_property
    def taste(self) -> np.ndarray:
        """Return archetypes x products: how strongly each archetype is drawn to each product."""
        weights = np.zeros((len(ARCHETYPES), len(self)))
        for row, archetype in enumerate(ARCHETYPES):
            liked = set(archetype.terms)
            for column, product in enumerate(self.products):
                draw = archetype.draws.get(product.shelf, 0.12)
                weights[row, column] = draw * (1 + 1.5 * len(liked.intersection(product.terms)))
        return weights * self.popularity

    def choose(self, day: int, rows: np.ndarray, draws: np.ndarray) -> np.ndarray:
        """Return a product index for each row (archetype) and random number."""
        found = np.searchsorted(chances(self.world, day), rows + draws, side="right")
        return np.minimum(found - rows * len(self), len(self) - 1)

    @cached_property
    def fragments(self) -> list[tuple[str, str]]:
        """Return each product as JSON members in Segment's names, and as an item in GA4's names."""
        return [(_segment(product), _ga4(product)) for product in self.products]


def _goods(world: World, number: int, shelf) -> list[Product]:
    """Return the goods of a shelf, without ids, the same for a seed however many are taken."""
    draws = world.rng("shelf", number)
    sizes, terms, brands = shelf.sizes, shelf.terms, pairs(BRANDS[shelf.category])
    noun_zh, noun_en = shelf.noun
    variants = list(itertools.product(shelf.kinds, terms, sizes))
    order = draws.permutation(len(variants))
    goods, taken = [], set()
    for place in range(max(len(variants), world.products // len(SHELVES) + 1)):
        series, index = divmod(place, len(variants))
        (kind_zh, kind_en), term, size = variants[order[index]]
        second = terms[(terms.index(term) + 1 + int(draws.integers(len(terms) - 1))) % len(terms)]
        brand_zh, brand_en = brands[int(draws.integers(len(brands)))]
        use_zh, use_en = USES[int(draws.integers(len(USES)))]
        (zh, en), (zh2, en2) = TERMS[term], TERMS[second]
        end = f"{noun_en} {size}" + (f" No.{series + 1}" if series else "")
        name = f"{kind_zh}{noun_zh} {kind_en} {end}"
        if name in taken or draws.random() < 0.5:
            name = f"{zh}{kind_zh}{noun_zh} {en.title()} {kind_en} {end}"
        taken.add(name)
        text = (
            f"{brand_zh}{kind_zh}{noun_zh}，{zh}，{zh2}，适合{use_zh}。规格：{size}。\n"
            f"{kind_en} {noun_en} by {brand_en}: {en} and {en2}, for {use_en}."
        )
        low, high = shelf.prices
        price = low * (high / low) ** (draws.random() * 0.8 + 0.2 * sizes.index(size) / len(sizes))
        goods.append(
            Product(
                "",
                name,
                f"{brand_zh} {brand_en}",
                shelf.category,
                shelf.name,
                text,
                (term, second),
                f"{round(price) - 0.1:.2f}",
                shelf.is_rebought,
                False,
                True,
                0,
            )  # fmt: skip
        )
    return goods


def quoted(value) -> str:
    """Return a value as JSON, Chinese as it is written."""
    return json.dumps(value, ensure_ascii=False)


def _segment(product: Product) -> str:
    name, brand, category = quoted(product.name), quoted(product.brand), quoted(product.path)
    return (
        f'"product_id":"{product.product_id}","sku":"{product.product_id}","name":{name},"brand":{brand},'
        f'"category":{category},"price":{product.price},"currency":"CNY"'
    )


def _ga4(product: Product) -> str:
    name, brand = quoted(product.name), quoted(product.brand)
    return (
        f'"item_id":"{product.product_id}","item_name":{name},"item_brand":{brand},'
        f'"item_category":"{product.category}","item_category2":{quoted(product.shelf)},"price":{product.price}'
    )


@lru_cache(maxsize=4)
def catalogue(world: World) -> Catalogue:
    """Return the catalogue of a world."""
    return Catalogue(world)


@lru_cache(maxsize=32)
def chances(world: World, day: int) -> np.ndarray:
    """Return cumulated chances of the products sold on a day: one row an archetype, and a last one of everybody.

    Row r runs from r to r + 1, so that one search in the flat array chooses for many rows at once.
    """
    shop, progress = catalogue(world), min(day / world.days, 1)
    weights = np.vstack([shop.taste, shop.popularity]) * np.exp(shop.trend * progress)
    weights = np.where(shop.launch_day <= day, weights, 0)
    cumulated = np.cumsum(weights, axis=1)
    cumulated /= cumulated[:, -1:]
    return (cumulated + np.arange(len(cumulated))[:, None]).ravel()


def slug(category: str) -> str:
    """Return a category's part of an address."""
    return category.lower()


SLUGS = {slug(category): category for category in CATEGORIES}
