"""What people write about the shop's products on a day: reviews with a rating, and posts without."""

from email.utils import format_datetime
from html import escape

from scrapers.demo.assortment import ARCHETYPES, TERMS
from scrapers.demo.catalogue import Product, catalogue
from scrapers.demo.people import customer_id
from scrapers.demo.world import World

GOOD_ZH = (
    "{name}收到了，{term}，很喜欢，会回购。",
    "朋友推荐的{name}，{term}，值得！",
    "周末用上了{name}，真的很{term}。",
)
BAD_ZH = ("{name}一般，没有想象中的{term}。", "{name}包装破了，有点失望。")
GOOD_EN = ("Love my {name}: {term}, would buy again.", "{name} is as {term} as promised & worth it!")
BAD_EN = ("{name} was not as {term} as I hoped.", 'The "{name}" arrived broken, <disappointed>.')
CHANNELS = ("xiaohongshu", "weibo", "forum")
OPEN = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:shop="https://shop.example/ns">'
    "<channel><title>Huaxiang 社区 Community</title><link>https://social.example/</link>"
    "<description>Posts and reviews</description>\n"
)
CLOSE = "</channel></rss>\n"


def posts(world: World, day: int) -> list[str]:
    """Return the day's posts as RSS items, one line each."""
    shop, draws = catalogue(world), world.rng("posts", day)
    items = []
    for number in range(int(draws.poisson(2.5 * world.customers / 400))):
        row = draws.integers(len(ARCHETYPES) + 1, size=1)
        product = shop.products[int(shop.choose(day, row, draws.random(1))[0])]
        rating = int(draws.choice([1, 2, 4, 5], p=[0.07, 0.08, 0.3, 0.55]))
        is_chinese, is_review = draws.random() < 0.7, draws.random() < 0.6
        author = int(draws.integers(world.customers))
        second, text = int(draws.integers(86_400)), int(draws.integers(6))
        at = format_datetime(world.time(day, second), usegmt=True)
        channel = "review" if is_review else CHANNELS[number % len(CHANNELS)]
        key = f"post-{day:04d}-{number:03d}"
        extra = ""
        if is_review:
            extra = f"<shop:rating>{rating}</shop:rating><shop:product>{product.product_id}</shop:product>"
        items.append(item(key, _text(product, rating, is_chinese, text), f"@reader_{customer_id(author)[1:]}", at,
                          channel, "zh" if is_chinese else "en", product.category, extra))  # fmt: skip
    return items


def item(key: str, text: str, author: str, at: str, channel: str, language: str, category: str, extra: str = "") -> str:
    """Return one RSS item; without a key it has neither guid nor link."""
    known = ""
    if key:
        known = f'<guid isPermaLink="false">{key}</guid><link>https://social.example/{channel}/{key}</link>'
    return (
        f"<item>{known}<title>{escape(text[:24])}</title><description>{escape(text)}</description>"
        f"<dc:creator>{author}</dc:creator><dc:language>{language}</dc:language><pubDate>{at}</pubDate>"
        f"<category>{escape(category)}</category><shop:channel>{channel}</shop:channel>{extra}</item>"
    )


def _text(product: Product, rating: int, is_chinese: bool, choice: int) -> str:
    zh, en = TERMS[product.terms[choice % len(product.terms)]]
    if is_chinese:
        texts = GOOD_ZH if rating > 3 else BAD_ZH
        return texts[choice % len(texts)].format(name=product.name, term=zh)
    texts = GOOD_EN if rating > 3 else BAD_EN
    return texts[choice % len(texts)].format(name=product.name, term=en)
