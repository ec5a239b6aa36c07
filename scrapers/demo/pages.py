"""The shop's web pages: products with schema.org data, listings, sitemaps, robots.txt and a page for nobody."""

import json
from html import escape

from scrapers.demo.assortment import CATEGORIES
from scrapers.demo.catalogue import SLUGS, Product, catalogue, slug
from scrapers.demo.segment import SHOP
from scrapers.demo.world import World

PER_PAGE = 20
BROKEN_PAGE = 3  # the index of the product whose page has a broken script beside the valid one
ROBOTS = "User-agent: *\nDisallow: /admin/\nCrawl-delay: 0\nSitemap: {base}/sitemap.xml\n"
BROKEN = '<script type="application/ld+json">{"@type": "Product", "name": "broken, </script>'
TRAP = '<p>Nobody may crawl this.</p><a href="/admin/trap">trap</a>'


def page(world: World, base: str, path: str, query: dict[str, str]) -> tuple[str, str, int] | None:
    """Return text, content type and the day of the last change of a path, None where there is no such page."""
    parts = path.strip("/").split("/")
    shop = catalogue(world)
    match parts:
        case ["robots.txt"]:
            return ROBOTS.format(base=base), "text/plain; charset=utf-8", 0
        case ["sitemap.xml"]:
            names = [("sitemap-products.xml", world.days - 1), ("sitemap-pages.xml", world.days - 1)]
            return _sitemap(world, base, "sitemapindex", "sitemap", names)
        case ["sitemap-products.xml"]:
            names = [(f"products/{product.product_id}", product.launch_day) for product in shop.products]
            return _sitemap(world, base, "urlset", "url", names)
        case ["sitemap-pages.xml"]:
            names = [("", world.days - 1)] + [(f"categories/{name}", world.days - 1) for name in SLUGS]
            return _sitemap(world, base, "urlset", "url", names)
        case [""]:
            return _listing(world, base, "", shop.products, query)
        case ["categories", name] if name in SLUGS:
            chosen = [product for product in shop.products if product.category == SLUGS[name]]
            return _listing(world, base, f"categories/{name}", chosen, query)
        case ["products", name] if (product := _product(shop.products, name)) is not None:
            return _product_page(product)
        case ["images", name] if name.endswith(".svg") and (product := _product(shop.products, name[:-4])):
            text = f'<svg xmlns="http://www.w3.org/2000/svg"><text y="20">{escape(product.name)}</text></svg>'
            return text, "image/svg+xml", product.launch_day
        case ["admin", "trap"]:
            trap = shop.products[0]._replace(product_id="trap", name="Trap")
            text, kind, day = _product_page(trap)
            return text.replace("</body>", f"{TRAP}</body>"), kind, day
    return None


def _product(products: list[Product], name: str) -> Product | None:
    """Return the product of an id such as p0012."""
    number = name[1:]
    if name[:1] == "p" and number.isascii() and number.isdigit() and int(number) < len(products):
        product = products[int(number)]
        return product if product.product_id == name else None
    return None


def _sitemap(world: World, base: str, root: str, entry: str, names: list[tuple[str, int]]) -> tuple[str, str, int]:
    entries = "".join(
        f"<{entry}><loc>{escape(f'{base}/{name}')}</loc><lastmod>{world.date(day)}</lastmod></{entry}>\n"
        for name, day in names
    )
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return f"{text}{entries}</{root}>\n", "application/xml; charset=utf-8", world.days - 1


def _html(title: str, head: str, content: str) -> str:
    links = "".join(f'<a href="/categories/{slug(en)}">{zh} {en}</a> ' for en, zh in CATEGORIES.items())
    return (
        f'<!doctype html>\n<html lang="zh"><head><meta charset="utf-8"><title>{escape(title)}</title>\n{head}</head>\n'
        f'<body><nav><a href="/">画像 Huaxiang</a> {links}</nav>\n{content}\n'
        '<footer><a href="/admin/trap" rel="nofollow">admin</a></footer></body></html>\n'
    )


def _listing(world, base: str, path: str, products: list[Product], query) -> tuple[str, str, int] | None:
    wanted = query.get("page", "1")
    number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 6 else 0
    shown = products[(number - 1) * PER_PAGE : number * PER_PAGE] if number else []
    if not shown and number != 1:
        return None
    cards = "".join(
        f'<article class="product"><h2><a href="/products/{product.product_id}">{escape(product.name)}</a></h2>'
        f'<span class="price">¥{product.price}</span></article>\n'
        for product in shown
    )
    following = ""
    if number * PER_PAGE < len(products):
        address = f"{base}/{path}?page={number + 1}"
        following = f'<link rel="next" href="{address}">\n'
        cards += f'<a rel="next" href="{address}">下一页 Next</a>'
    return _html(path or "画像 Huaxiang", following, cards), "text/html; charset=utf-8", world.days - 1


def _product_page(product: Product) -> tuple[str, str, int]:
    data = json.dumps(structured(SHOP, product), ensure_ascii=False).replace("</", "<\\/")
    head = f'<link rel="canonical" href="{SHOP}/products/{product.product_id}">\n'
    head += f'<script type="application/ld+json">{data}</script>\n'
    if product.product_id == f"p{BROKEN_PAGE:04d}":
        head = BROKEN + "\n" + head
    content = (
        f'<main><h1>{escape(product.name)}</h1><p class="brand">{escape(product.brand)}</p>'
        f'<p class="category">{escape(product.path)}</p><p>{escape(product.description)}</p>'
        f'<p class="price">¥{product.price}</p></main>'
    )
    return _html(product.name, head, content), "text/html; charset=utf-8", product.launch_day


def structured(base: str, product: Product) -> dict:
    """Return a product's schema.org data; shops differ in how they nest it, so some of ours do."""
    number = int(product.product_id[1:]) if product.product_id[1:].isdigit() else 0
    address = f"{base}/products/{product.product_id}"
    offer = {
        "@type": "Offer",
        "url": address,
        "price": product.price if number % 2 else float(product.price),
        "priceCurrency": "CNY",
        "availability": f"https://schema.org/{'InStock' if product.in_stock else 'OutOfStock'}",
        "itemCondition": "https://schema.org/NewCondition",
    }
    image = f"{base}/images/{product.product_id}.svg"
    data = {
        "@type": "Product",
        "@id": address,
        "url": address,
        "name": product.name,
        "sku": product.product_id,
        "brand": {"@type": "Brand", "name": product.brand} if number % 3 else product.brand,
        "category": product.path,
        "description": product.description,
        "image": [image] if number % 4 == 0 else image,
        "offers": [offer] if number % 7 == 0 else offer,
    }
    if number % 5 != 1:
        return {"@context": "https://schema.org"} | data
    shelf = f"{base}/categories/{slug(product.category)}"
    trail = [
        {"@type": "ListItem", "position": 1, "name": product.category, "item": shelf},
        {"@type": "ListItem", "position": 2, "name": product.name},
    ]
    graph = [{"@type": "BreadcrumbList", "itemListElement": trail}, data]
    return {"@context": "https://schema.org", "@graph": graph}
