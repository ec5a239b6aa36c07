"""The tables that ml/ writes: runs, measures, terms of products and posts, lists, exclusions, next products."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from warehouse.tables import METADATA, TIME


def _table(name: str, comment: str, *columns: sa.Column) -> sa.Table:
    business = sa.Column("business", sa.Text, primary_key=True)
    return sa.Table(name, METADATA, business, *columns, schema="ml", comment=comment)


def _key(name: str, kind=sa.Text, **kwargs) -> sa.Column:
    return sa.Column(name, kind, primary_key=True, autoincrement=False, **kwargs)


def _value(name: str, kind=sa.Text, **kwargs) -> sa.Column:
    return sa.Column(name, kind, nullable=False, **kwargs)


RUNS = _table(
    "runs",
    "One row per training run: what it saw, with which parameters.",
    _key("run_id"),
    _value("data_fingerprint"),
    _value("params", JSONB),
    sa.Column("cut_at", TIME, comment="the measures were taken on what came after"),
    _value("customers", sa.BigInteger),
    _value("products", sa.BigInteger),
    _value("interactions", sa.BigInteger),
    _value("is_current", sa.Boolean, comment="its lists stand"),
    sa.Column("refused_because", sa.Text, comment="which checks of the gate it failed; null where it was accepted"),
    sa.Column("model_sha256", sa.Text, comment="of the manifest of what its models learned before the cut"),
    _value("started_at", TIME),
    _value("finished_at", TIME),
)
MEASURES = _table(
    "measures",
    "Measures of each model of a run on the whole catalogue.",
    _key("run_id"),
    _key("model"),
    _key("metric"),
    _key("k", sa.Integer),
    _value("value", sa.Double),
    _value("customers_judged", sa.BigInteger),
)
GATE_CHECKS = _table(
    "gate_checks",
    "What a run's best families were asked before they could replace the lists before; differences are of NDCG@10.",
    _key("run_id"),
    _key("list", comment="recommendations or discoveries"),
    _key("model"),
    _key("check_name"),
    _key("against", comment="the family compared with, champion, or empty"),
    _key("slice", comment="whose lists were compared"),
    _value("passed", sa.Boolean),
    _value("customers", sa.BigInteger),
    sa.Column("difference", sa.Double, comment="mean over customers"),
    sa.Column("low", sa.Double, comment="lower end of its bootstrap interval"),
    sa.Column("high", sa.Double, comment="upper end"),
)
EVALUATIONS = _table(
    "evaluations",
    "How each family did on the windows of the past, by `python -m ml evaluate`; measures are at 10.",
    _key("run_id"),
    _key("window_number", sa.Integer, comment="1 is the latest"),
    sa.Column(
        "cut_at", TIME, comment="the families knew what came before; null where each customer has a cut of its own"
    ),
    _key("list", comment="recommendations or discoveries"),
    _key("model"),
    _key("slice", comment="whose lists were judged"),
    _value("customers", sa.BigInteger),
    *(_value(name, sa.Double) for name in ("recall", "ndcg", "map", "hit_rate", "coverage", "novelty")),
    _value("popularity_bias", sa.Double, comment="buyers of a listed product by those of the usual purchase"),
    sa.Column("difference", sa.Double, comment="how much higher the NDCG of the published family is; null for itself"),
    sa.Column("low", sa.Double, comment="lower end of its paired bootstrap interval"),
    sa.Column("high", sa.Double, comment="upper end"),
)
PRODUCT_TERMS = _table(
    "product_terms",
    "The terms that tell a product from others, by TF-IDF.",
    _key("product_id"),
    _key("term"),
    _value("weight", sa.Double),
)
POST_TERMS = _table(
    "post_terms",
    "The keywords of each post: nouns and names.",
    _key("post_id"),
    _key("term"),
    _value("tag", comment="part of speech"),
    _value("tf_idf", sa.Double, comment="how much the term tells this post from others"),
    _value("text_rank", sa.Double, comment="how central it is within the post"),
    _value("weight", sa.Double, comment="mean of both, each relative to the post's highest"),
)
POST_DUPLICATES = _table(
    "post_duplicates",
    "Posts that nearly repeat an earlier one.",
    _key("post_id"),
    _value("first_post_id"),
    _value("similarity", sa.Double, comment="share of common shingles"),
)
DICTIONARIES = _table(
    "dictionaries",
    "With which domain dictionary the current terms were found.",
    _value("version", comment="hash of its content"),
    _value("term_count", sa.BigInteger),
)


def _lists(name: str, comment: str) -> sa.Table:
    return _table(
        name,
        comment,
        _key("customer_id"),
        _key("rank", sa.Integer),
        _value("product_id"),
        _value("score", sa.Double),
        _value("tier"),
        _value("reason_code"),
        _value("evidence", JSONB),
        _value("run_id"),
    )


RECOMMENDATIONS = _lists("recommendations", "The current list of each customer; rank 1 is best.")
DISCOVERIES = _lists("discoveries", "The current list of products that are new to each customer; rank 1 is best.")
EXCLUSIONS = _table(
    "exclusions",
    "What rules kept out of the current lists although it ranked before their last place.",
    _key("list"),
    _key("customer_id"),
    _key("product_id"),
    _key("rule_id"),
    _value("rank", sa.Integer, comment="that it would have had without any rule"),
    _value("run_id"),
)
SIMILAR_PRODUCTS = _table(
    "similar_products",
    "The nearest products of each product; rank 1 is nearest.",
    _key("product_id"),
    _key("rank", sa.Integer),
    _value("similar_product_id"),
    _value("score", sa.Double),
    _value("run_id"),
)
SEQUENCES = _table(
    "sequences",
    "What a model of sequences foretold (ml/deep), from everything and at the cuts by which models are judged.",
    _key("history_rows", sa.BigInteger, comment="it learned from so many interactions, from the first on"),
    _key("customer_id"),
    _value("product_ids", sa.ARRAY(sa.Text)),
    _value("scores", sa.ARRAY(sa.REAL), comment="of the products in their order; a greater one is better"),
    _value("data_fingerprint", comment="of the data that it learned from; with other data it counts for nothing"),
)
VALUE_MODELS = _table(
    "value_models",
    "The models of how often and for how much customers buy, BG/NBD and Gamma-Gamma, one of each business.",
    _value("parameters", JSONB),
    _value("customers", sa.BigInteger),
    sa.Column("held_out_error", sa.Double, comment="RMSE of purchases in the last quarter, foretold from before"),
    sa.Column("naive_error", sa.Double, comment="the same where everyone buys at the mean rate"),
)
LIFETIME_VALUES = _table(
    "lifetime_values",
    "What each buyer will do and be worth; customers who object to analytics are left out.",
    _key("customer_id"),
    _value("alive_probability", sa.Double),
    _value("expected_purchases", sa.Double),
    _value("churn_risk", sa.Double),
    _value("expected_purchase_value", sa.Double),
    _value("lifetime_value", sa.Double),
)
NEXT_PRODUCTS = _table(
    "next_products",
    "What each customer of a bank may open next: suitable products by probability; rank 1 is the most probable.",
    _key("customer_id"),
    _key("rank", sa.Integer),
    _value("product_id"),
    _value("probability", sa.Double, comment="that it is opened within a year"),
    _value("tier"),
    _value("reason_code"),
    _value("evidence", JSONB),
)
NEXT_PRODUCT_MEASURES = _table(
    "next_product_measures",
    "How well each model foretold what customers opened within the last horizon; product * is all of them.",
    _key("product_id"),
    _key("model"),
    _key("metric"),
    _value("value", sa.Double),
    sa.Column("behind", sa.Double, comment="by how much it is worse than the published model"),
    sa.Column("behind_low", sa.Double, comment="lower end of its 95 % interval, paired bootstrap over customers"),
    sa.Column("behind_high", sa.Double, comment="upper end of it"),
    _value("customers", sa.BigInteger, comment="who could open it"),
    _value("openings", sa.BigInteger, comment="how many did"),
    _value("cut_on", sa.Date, comment="the last day that was known"),
    _value("horizon_days", sa.Integer),
)
NEXT_PRODUCT_CALIBRATIONS = _table(
    "next_product_calibrations",
    "What was foretold beside what came, by bins of equally many customers, the least probable first.",
    _key("product_id"),
    _key("model"),
    _key("bin", sa.Integer),
    _value("foretold", sa.Double, comment="mean probability"),
    _value("opened", sa.Double, comment="share that opened"),
    _value("customers", sa.BigInteger),
)
