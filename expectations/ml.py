"""What must hold for what was learned before it is published."""

from expectations.rules import between, no_collapse, no_rows, one_of

LONGEST = 10
MODELS, METRICS = ["lightfm", "popular", "own_frequency"], ["recall", "ndcg", "map", "hit_rate"]
OF_NEW = [f"new_{metric}" for metric in METRICS]
ON_OFFER = "select business, count(*) as products from marts.products where is_recommendable group by business"

LISTS = [
    no_rows(
        "known customers",
        """
        select 1 from batch
        left join marts.customers using (business, customer_id) where customers.business is null
        """,
    ),
    no_rows(
        "known products that may be recommended",
        """
        select 1 from batch
        left join marts.products using (business, product_id) where products.is_recommendable is not true
        """,
    ),
    no_rows(
        "no product twice in a list",
        """
        select 1 from batch
        group by business, customer_id, product_id having count(*) > 1
        """,
    ),
    no_rows(
        "finite scores",
        "select 1 from batch where score in ('NaN', 'Infinity', '-Infinity')",
    ),
    no_rows(
        "lists of the current run",
        """
        select 1 from batch
        left join ml.runs using (business, run_id) where runs.is_current is not true
        """,
    ),
]
SUITES = {
    "ml.runs": [
        no_rows(
            "one current run in each business with customers and something to recommend",
            f"""
            select offered.business from ({ON_OFFER}) as offered
            left join batch on batch.business = offered.business and batch.is_current
            where exists (select 1 from marts.customers where customers.business = offered.business)
            group by offered.business having count(batch.run_id) <> 1
            """,
        ),
    ],
    "ml.measures": [
        between("value", 0, 1),
        one_of("metric", [*METRICS, *OF_NEW, "cold_ndcg"]),
        no_rows(
            f"{', '.join(METRICS)} of {', '.join(MODELS)} in each current run that could be measured",
            f"""
            select runs.business, wanted.model, scored.metric from ml.runs
            cross join unnest(array{MODELS}) as wanted (model) cross join unnest(array{METRICS}) as scored (metric)
            where runs.is_current and runs.cut_at is not null and not exists (
                select 1 from batch
                where (batch.business, batch.run_id) = (runs.business, runs.run_id)
                and (batch.model, batch.metric) = (wanted.model, scored.metric)
            )
            """,
        ),
    ],
    "ml.recommendations": [
        no_rows(
            f"ranks 1 to {LONGEST} without a gap for every customer, fewer where too few are on offer or rules say no",
            f"""
            select customers.business from marts.customers
            inner join ({ON_OFFER}) as offered on offered.business = customers.business
            left join (
                select business, customer_id, count(distinct rank) as ranks, min(rank) as low, max(rank) as high
                from batch group by business, customer_id
            ) as lists on (lists.business, lists.customer_id) = (customers.business, customers.customer_id)
            left join (
                select business, customer_id, count(distinct product_id) as products
                from ml.exclusions
                where list = 'recommendations' and rule_id <> 'not_on_offer'
                group by business, customer_id
            ) as barred on (barred.business, barred.customer_id) = (customers.business, customers.customer_id)
            where coalesce(lists.ranks, 0)
                not between least({LONGEST}, offered.products) - coalesce(barred.products, 0)
                and least({LONGEST}, offered.products)
            or lists.low <> 1 or lists.high <> lists.ranks
            """,
        ),
        *LISTS,
        no_collapse("recommendations"),
    ],
    "ml.discoveries": [
        no_rows(
            "nothing that the customer bought",
            """
            select 1 from batch
            inner join marts.training_interactions as known using (business, customer_id, product_id)
            where known.event = 'Order Completed' and coalesce(known.quantity, 1) > 0
            """,
        ),
        *LISTS,
    ],
    "ml.exclusions": [
        no_rows(
            "nothing that is in the list after all",
            """
            select 1 from batch
            inner join ml.recommendations using (business, customer_id, product_id) where batch.list = 'recommendations'
            union all
            select 1 from batch
            inner join ml.discoveries using (business, customer_id, product_id) where batch.list = 'discoveries'
            """,
        ),
        no_rows(
            "rules of the seed",
            """
            select 1 from batch
            where rule_id <> 'not_on_offer' and not exists (
                select from seeds.recommendation_rules
                where recommendation_rules.business in (batch.business, '*')
                and recommendation_rules.rule_id = batch.rule_id
            )
            """,
        ),
    ],
    "ml.channel_credits": [
        no_rows(
            "credits that add up to all conversions and revenue",
            """
            select 1 from (
                select business, model, sum(conversions) as conversions, sum(revenue) as revenue from batch
                group by business, model
            ) as credited
            inner join (
                select business, sum(conversions) as conversions, sum(revenue) as revenue from marts.conversions
                group by business
            ) as counted using (business)
            where (credited.conversions, credited.revenue) is distinct from (counted.conversions, counted.revenue)
            """,
        ),
    ],
    "ml.campaign_lift": [
        between("p_value", 0, 1),
        no_rows(
            "differences within their intervals",
            """
            select 1 from batch
            where not (difference between low and high and adjusted_difference between adjusted_low and adjusted_high)
            """,
        ),
        no_rows(
            "effects of comparable campaigns only, and nothing of those whose split is broken",
            """
            select 1 from batch
            left join ml.campaign_verdicts as verdicts using (business, campaign_id)
            where is_causal is distinct from (verdict = 'comparable')
                or verdict not in ('comparable', 'not random', 'unknown')
            """,
        ),
    ],
    "ml.lifetime_values": [
        between("alive_probability", 0, 1),
        between("churn_risk", 0, 1),
        between("lifetime_value", 0, 1e15),
        no_rows(
            "customers that the marts know",
            """
            select 1 from batch
            left join marts.customers using (business, customer_id) where customers.business is null
            """,
        ),
    ],
    "ml.next_products": [
        between("probability", 0, 1),
        no_rows(
            "products that are suitable for the customer",
            """
            select 1 from batch
            left join marts.product_suitability as judged using (business, customer_id, product_id)
            where judged.is_suitable is not true
            """,
        ),
        no_rows(
            "ranks from 1 without a gap, each product once, by falling probability",
            """
            select 1 from (
                select rank, row_number() over list as place,
                    probability > lag(probability) over list as rises,
                    row_number() over (partition by business, customer_id, product_id) > 1 as repeats
                from batch
                window list as (partition by business, customer_id order by rank)
            ) as listed
            where rank <> place or rises or repeats
            """,
        ),
    ],
}
