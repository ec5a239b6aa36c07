"""What the demo shop sells, in two languages, and the kinds of people who buy it (shelves.csv, archetypes.csv)."""

import csv
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
# A taste term: what texts say in Chinese and in English.
TERMS = {
    "aged": ("陈年", "aged"),
    "beginner": ("入门", "beginner friendly"),
    "breathable": ("透气", "breathable"),
    "cast_iron": ("铸铁", "cast iron"),
    "celadon": ("青瓷", "celadon"),
    "classic": ("经典", "classic"),
    "clay": ("紫砂", "Yixing clay"),
    "cotton": ("纯棉", "pure cotton"),
    "dark_roast": ("深烘", "dark roast"),
    "fast_charging": ("快充", "fast charging"),
    "floral": ("花香", "floral"),
    "fresh": ("鲜爽", "fresh"),
    "fruity": ("果香", "fruity"),
    "gift": ("礼盒", "gift box"),
    "glass": ("耐热玻璃", "heat-resistant glass"),
    "handmade": ("手工", "handmade"),
    "illustrated": ("插图", "illustrated"),
    "light_roast": ("浅烘", "light roast"),
    "mellow": ("醇厚", "mellow"),
    "minimalist": ("极简", "minimalist"),
    "noise_cancelling": ("降噪", "noise cancelling"),
    "non_stick": ("不粘", "non-stick"),
    "nutty": ("坚果香", "nutty"),
    "organic": ("有机", "organic"),
    "portable": ("便携", "portable"),
    "scented": ("香薰", "scented"),
    "smart": ("智能", "smart"),
    "smoky": ("烟熏", "smoky"),
    "stainless": ("不锈钢", "stainless steel"),
    "ultralight": ("超轻", "ultralight"),
    "vintage": ("复古", "vintage"),
    "warm": ("保暖", "warm"),
    "waterproof": ("防水", "waterproof"),
    "wireless": ("无线", "wireless"),
    "wood": ("实木", "solid wood"),
}
BRANDS = {
    "Tea": "云岭|Yunling; 茶山记|Chashan Ji; 山泉堂|Mountain Spring Hall",
    "Teaware": "青禾窑|Qinghe Kiln; 素器|Suqi; 宜陶|Yitao",
    "Coffee": "半山咖啡|Half Hill Coffee; 慢焙|Slow Roast; 三号仓|Depot Three",
    "Kitchen": "灶间|Zaojian; 炉火|Hearth & Fire; 良厨|Liangchu",
    "Books": "竹简书局|Bamboo Press; 北窗|North Window",
    "Outdoor": "野径|Wild Trail; 雪线|Snowline; 风行|Windwalk",
    "Electronics": "极光|Jiguang; 音外|Beyond Sound; 一格|Yige",
    "Home": "木石|Wood & Stone; 棉朵|Cotton Bud; 静室|Quiet Room",
}
CATEGORIES = {
    "Tea": "茶叶", "Teaware": "茶具", "Coffee": "咖啡", "Kitchen": "厨房", "Books": "图书", "Outdoor": "户外",
    "Electronics": "数码", "Home": "家居",
}  # fmt: skip
COUNTRIES = {"London": "GB", "Singapore": "SG", "Chicago": "US"}


class Shelf(NamedTuple):
    """A sub-category: its goods are a kind (Chinese, English) before the shelf's noun, in a size."""

    category: str
    name: str
    noun: tuple[str, str]
    is_rebought: bool
    prices: tuple[int, int]
    sizes: list[str]
    terms: list[str]
    kinds: list[tuple[str, str]]


class Archetype(NamedTuple):
    """A kind of customer: what draws them (shelf: weight), the terms they like, and who they tend to be."""

    name: str
    draws: dict[str, float]
    terms: list[str]
    ages: tuple[int, int]
    female_share: float
    cities: list[str]


def pairs(text: str) -> list[tuple[str, str]]:
    """Split "龙井|Longjing; 毛峰|Maofeng" into pairs."""
    return [tuple(pair.strip().split("|")) for pair in text.split(";")]


def _shelf(row: dict[str, str]) -> Shelf:
    prices = int(row["lowest_price"]), int(row["highest_price"])
    lists = row["sizes"].split(), row["terms"].split(), pairs(row["kinds"])
    return Shelf(row["category"], row["shelf"], pairs(row["noun"])[0], row["is_rebought"] == "true", prices, *lists)


def _archetype(row: dict[str, str]) -> Archetype:
    draws = {shelf.strip(): float(weight) for shelf, weight in (pair.split("=") for pair in row["draws"].split(";"))}
    ages, share = (int(row["youngest"]), int(row["oldest"])), float(row["female_share"])
    return Archetype(row["name"], draws, row["terms"].split(), ages, share, row["cities"].split())


def _rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


SHELVES = tuple(map(_shelf, _rows("shelves.csv")))
ARCHETYPES = tuple(map(_archetype, _rows("archetypes.csv")))
