"""Made pages that state nothing in their markup: what a reader finds on those that sell one product, and on others."""


def page(title, body, lang="en-US", head=""):
    return f'<html lang="{lang}"><head><title>{title}</title>{head}</head><body>{body}</body></html>'


def card(number, button="Add to cart"):
    link = f'<a href="/tea/{number}"><img src="/{number}.jpg" alt=""><h3>Tea {number}</h3></a>'
    return f'<li class="card">{link}<span class="price">${number}.50</span><button>{button}</button></li>'


CARDS = "".join(map(card, range(1, 5)))
BUY = '<form action="/cart/add" method="post"><input name="n" value="1"><button>Add to cart</button></form>'
NEWS = '<label><input type="checkbox" name="news">Send me news</label>'
LONGJING = '<h1>Longjing Tea</h1><p class="price">$88.00</p>'

# Name, price, currency and availability that a reader finds.
SOLD = {
    "a plain page": (
        page("Longjing Tea | The tea shop", f"<main>{LONGJING}<p>In stock</p>{BUY}</main>"),
        ("Longjing Tea", "88.00", "USD", "InStock"),
    ),
    "a table in German, with a price of before, one by weight and what comes on top": (
        page(
            "Wuyi Oolong 250 g - Teehaus Beispiel",
            """<div id="content"><h1>Wuyi Oolong 250 g</h1><table><tr><td>UVP:</td><td>15,90 €</td></tr>
            <tr><td>Preis:</td><td><b>12,90 €</b></td></tr><tr><td>Grundpreis:</td><td>51,60 € / kg</td></tr></table>
            <p>inkl. MwSt., zzgl. <a href="/versand">Versand</a> 4,90 €</p><p>Sofort lieferbar, Lieferzeit 2 Tage</p>
            <a class="btn" href="/cart?add=7">In den Warenkorb</a></div>""",
            "de",
        ),
        ("Wuyi Oolong 250 g", "12.90", "EUR", "InStock"),
    ),
    "Chinese": (
        page(
            "西湖龙井 明前 250克_茶叶店",
            """<div class="goods"><h1>西湖龙井 明前 250克</h1><div>市场价：<del>¥128.00</del></div>
            <div>价格：<em>¥88.00</em></div><div>有货</div>
            <div class="do"><span role="button">加入购物车</span></div></div>""",
            "zh-CN",
        ),
        ("西湖龙井 明前 250克", "88.00", "CNY", "InStock"),
    ),
    "Japanese, with a picture to press and tax behind the price": (
        page(
            "急須 常滑焼 | 茶器の店",
            """<h1>急須 常滑焼</h1><dl><dt>販売価格</dt><dd>1,299円（税込）</dd><dt>在庫</dt><dd>在庫あり</dd></dl>
            <form><input type="image" src="/b.png" alt="カートに入れる"></form>""",
            "ja",
        ),
        ("急須 常滑焼", "1299", "JPY", "InStock"),
    ),
    "French, with small cents, and related products that are sold here too": (
        page(
            "Théière en fonte | Maison du thé",
            f"""<section><h1>Théière en fonte</h1><div class="prix">49<sup>95</sup> €</div><p>En stock</p>
            <button>Ajouter au panier</button></section><h2>Vous aimerez aussi</h2>
            <ul>{CARDS.replace("Add to cart", "Ajouter au panier").replace("$", "€")}</ul>""",
            "fr",
        ),
        ("Théière en fonte", "49.95", "EUR", "InStock"),
    ),
    "a box to buy with before the heading, with several offers of which one is chosen": (
        page(
            "Tea.example: The Book of Tea: Okakura: Books",
            """<div id="right"><div class="row"><div role="radio" aria-checked="false"><b>Used</b> <i>$6.09</i></div>
            <div><p>Sold out</p><button>Add to cart</button></div></div>
            <div class="row active"><div role="radio" aria-checked="true"><b>Buy new</b> <i>$14.92</i></div>
            <div>List price: <s>$17.00</s> Save $2.08<p>Only 4 left in stock (more on the way).</p>
            18 new from <i>$12.99</i>
            <button>Add to cart</button></div></div></div>
            <div id="left"><h1><span>The Book of Tea</span> <span>2nd Edition</span></h1></div>""",
        ),
        ("The Book of Tea", "14.92", "USD", "InStock"),
    ),
    "what cannot be had now": (
        page(
            "Longjing Tea | The tea shop",
            f'<main>{LONGJING}<button disabled aria-label="Longjing">Sold out</button></main>',
        ),
        ("Longjing Tea", "88.00", "USD", "SoldOut"),
    ),
    "a currency that only the shop's scripts name": (
        page(
            "Longjing Tea",
            f'<script>var shop = {{"currencyCode":"CAD"}}</script><div>{LONGJING}{BUY}</div>',
            "en",
        ),
        ("Longjing Tea", "88.00", "CAD", None),
    ),
    "an extra that nobody ticked": (
        page(
            "Longjing Tea",
            f"""<div><h1>Longjing Tea</h1><b>$88.00</b>
            <label><input type="checkbox" name="g">Gift wrap <b>$3.99</b></label>{BUY}</div>""",
        ),
        ("Longjing Tea", "88.00", "USD", None),
    ),
    "a box that others on the page have too, not ticked here": (
        page("Longjing Tea", f"<main>{LONGJING}{NEWS}{BUY}</main><aside>{NEWS}</aside>"),
        ("Longjing Tea", "88.00", "USD", None),
    ),
    "a tab that is not open": (
        page(
            "Longjing Tea",
            f"""<div>{LONGJING}<p role="tab" aria-selected="true">Once</p>
            <p role="tab" aria-selected="false" aria-controls="later">Every month</p>
            <div id="later"><b class="price">$79.00</b></div>{BUY}</div>""",
        ),
        ("Longjing Tea", "88.00", "USD", None),
    ),
    "a price of before that only its name tells": (
        page("Longjing Tea", f'<div>{LONGJING}<span class="old-price">$99.00</span>{BUY}</div>'),
        ("Longjing Tea", "88.00", "USD", None),
    ),
    "a price that is crossed out": (
        page("Longjing Tea", f"<div><h1>Longjing Tea</h1><s>$99.00</s> <b>$88.00</b>{BUY}</div>"),
        ("Longjing Tea", "88.00", "USD", None),
    ),
    "what is not shown": (
        page(
            "Longjing Tea",
            f"""<div>{LONGJING}<b hidden class="price">$1.00</b><b style="display: none" class="price">$2.00</b>
            <div role="dialog"><b class="price">$3.00</b></div>{BUY}</div>""",
        ),
        ("Longjing Tea", "88.00", "USD", None),
    ),
    "another thing beside it that is sold out": (
        page("Longjing Tea", f"<main>{LONGJING}<div>{BUY}</div><p>Pu-erh <b>$60.00</b></p><p>Sold out</p></main>"),
        ("Longjing Tea", "88.00", "USD", None),
    ),
}
AFFILIATE = '<a class="btn" href="https://other.example/p/1">Buy now</a>'
LOOKS_ALIKE = """<div class="tea"><h2>Longjing</h2><p>$88.00</p><button>Buy now</button></div>
<div class="tea"><img src="/p.jpg"><h2>Pu-erh</h2><p>old</p><p>$60.00</p><button>Buy now</button></div>"""
BUILT_ALIKE = """<div id="longjing"><h2>Longjing</h2><p>$88.00</p><button>Buy now</button></div>
<div id="pu-erh"><h2>Pu-erh</h2><p>$60.00</p><button>Buy now</button></div>"""
OTHERS = {
    "a listing": page("Green teas | The tea shop", f"<h1>Green teas</h1><ul>{CARDS}</ul>"),
    "a listing of one": page("White teas | The tea shop", f"<h1>White teas</h1><ul>{card(1)}</ul>"),
    "a listing of one by its name alone": page(
        "White teas",
        '<h1>White teas</h1><div><a href="/tea/1">Bai Mudan</a> <b>$9.50</b> <button>Add to cart</button></div>',
    ),
    "a listing of one that is new": page(
        "White teas", f"<h1>White teas</h1><ul>{card(1).replace('<a', '<i>New!</i><a', 1)}</ul>"
    ),
    "a listing without links": page("Our teas", f"<h1>Our teas</h1>{LOOKS_ALIKE}"),
    "a listing without links or looks": page("Our teas", f"<h1>Our teas</h1>{BUILT_ALIKE}"),
    "what a search found": page("Search results for tea", f'<h1>Search results for "tea"</h1><ul>{card(3)}</ul>'),
    "a front page that shows one": page("The tea shop", f"<h1>The tea shop</h1><section>{card(2)}</section>"),
    "a cart": page(
        "Your cart | The tea shop",
        f"<h1>Your cart</h1><table><tr><td>Longjing Tea</td><td>$88.00</td></tr></table>{BUY}",
    ),
    "a checkout": page(
        "Bestellung - Teehaus",
        """<h1>Bestellung</h1><form><input name="plz" autocomplete="postal-code"><p>Longjing</p><p>88,00 €</p>
        <button>Jetzt kaufen</button></form>""",
        "de",
    ),
    "an article with shops that sell what it praises": page(
        "The best teapots | Tea magazine",
        f"<article><h1>The best teapots</h1><p>We love this one.</p><b>$49.00</b> {AFFILIATE}</article>",
    ),
    "an article by its type": page(
        "A cup for you",
        f"<article><h1>A cup for you</h1><b>$49.00</b> {BUY}</article>",
        head='<meta property="og:type" content="article">',
    ),
    "an article that says how long it takes to read": page(
        "A cup for you", f"<article><h1>A cup for you</h1><p>5 min read</p><b>$49.00</b> {BUY}</article>"
    ),
    "a recipe that sells its ingredients": page(
        "Mapo Tofu",
        f"<main><h1>Mapo Tofu</h1><p>Prep time: 10 minutes</p><p>All ingredients</p><b>$23.40</b>{BUY}</main>",
    ),
    "a product without a price among others that have one": page(
        "Longjing Tea | The tea shop", f"<main><h1>Longjing Tea</h1>{BUY}</main><h2>Related</h2><ul>{card(7)}</ul>"
    ),
    "a product without a price under an offer of another": page(
        "Longjing Tea",
        f'<p><a href="/tea/9">Tea of the month</a> <b>$9.50</b></p><main><h1>Longjing Tea</h1>{BUY}</main>',
    ),
    "two prices to choose from": page(
        "Longjing Tea", f"<main><h1>Longjing Tea</h1><p>100 g <b>$20.00</b></p><p>250 g <b>$45.00</b></p>{BUY}</main>"
    ),
    "a price that only begins there": page(
        "Longjing Tea", f"<main><h1>Longjing Tea</h1><p>from <b>$20.00</b></p>{BUY}</main>"
    ),
    "a price by the month": page("Tea club", f"<main><h1>Tea club</h1><p><b>$20.00</b> / month</p>{BUY}</main>"),
    "a dollar of no country": page("Longjing Tea", f"<main>{LONGJING}{BUY}</main>", lang="en"),
    "a heading that the title does not know": page("Longjing Tea", f"<main><h1>Welcome</h1><p>$88.00</p>{BUY}</main>"),
    "a shop's name as its heading": page(
        "Longjing Tea | The tea shop", f"<h1>The tea shop</h1><main><h2>Longjing Tea</h2><p>$88.00</p>{BUY}</main>"
    ),
    "a shop's name as its heading, which leads to its front page": page(
        "Longjing Tea | The tea shop", f"<h1><a href='/'>The tea shop</a></h1><main><p>$88.00</p>{BUY}</main>"
    ),
    "two things in one title": page(
        "Longjing and Pu-erh", f"<main><h1>Longjing</h1><h1>Pu-erh</h1><p>$88.00</p>{BUY}</main>"
    ),
    "nothing to buy with": page("Longjing Tea", f"<main>{LONGJING}<a href='/shops'>Find a shop</a></main>"),
}
