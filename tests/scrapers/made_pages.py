"""Small made pages, and what is extracted from them."""

import json

from scrapers.products import extract

HERE = "https://shop.example/tea/longjing"
OFFER = {"@type": "Offer", "price": "88.00", "priceCurrency": "CNY", "availability": "https://schema.org/InStock"}
TEA = {"@context": "https://schema.org", "@type": "Product", "sku": "T1", "name": "龙井 Longjing", "offers": OFFER}


def script(stated):
    text = stated if isinstance(stated, str) else json.dumps(stated, ensure_ascii=False)
    return f'<script type="application/ld+json">{text}</script>'


def page(*scripts, head="", body=""):
    return f"<html><head>{head}{''.join(map(script, scripts))}</head><body>{body}</body></html>"


def metas(**properties):
    return "".join(
        f'<meta property="{name.replace("__", ":")}" content="{value}">' for name, value in properties.items()
    )


def products(*scripts, head="", body=""):
    return extract(page(*scripts, head=head, body=body), HERE).products


def one(*scripts, head="", body=""):
    [product] = products(*scripts, head=head, body=body)
    return product


def kind(*scripts, head="", body=""):
    return extract(page(*scripts, head=head, body=body), HERE).kind


def offered(**terms):
    return TEA | {"offers": {"@type": "Offer"} | terms}


def variant(**fields):
    return {"@type": "Product"} | fields


MICRODATA = """
<div itemscope itemtype="http://schema.org/Product" itemref="more">
  <h1 itemprop="name">Longjing <b>Tea</b></h1><meta itemprop="sku" content="T1"><img itemprop="image" src="/t.jpg">
  <a itemprop="brand" href="/west">West</a>
  <p itemprop="description">One<br>two <script>3</script><template><b>4</b></template></p>
  <div itemprop="offers" itemscope itemtype="http://schema.org/Offer">
    <span itemprop="price">1.088,50 €</span><link itemprop="availability" href="http://schema.org/InStock">
    <time itemprop="priceValidUntil" datetime="2027-01-31">end of January</time>
  </div>
</div>
<p id="more">Colour: <span itemprop="color">green</span></p>
"""
