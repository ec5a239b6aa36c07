"""What must hold for the marts before a model learns from them and readers see them."""

from expectations.rules import between, complete, no_collapse, no_rows, one_currency, rows

SUITES = {
    "marts.customers": [
        rows(),
        *complete("business", "customer_id"),
        between("revenue", 0, 1e15),
        no_rows(
            "customers in every business that has orders with a customer",
            """
            select distinct business from marts.orders where customer_id is not null
            except
            select business from batch
            """,
        ),
        no_collapse("customers"),
    ],
    "marts.products": [
        rows(),
        *complete("business", "product_id"),
        between("price", 0, 1e9),
        one_currency(),
        no_rows(
            "a name for every product that may be recommended",
            "select 1 from batch where is_recommendable and name !~ '[^[:space:]]' is not false",
        ),
        no_rows(
            "at least one product to recommend in each business",
            "select business from batch group by business having not bool_or(is_recommendable)",
        ),
        no_collapse("products"),
    ],
    "marts.orders": [
        *complete("business", "order_id", "ordered_at"),
        between("revenue", 0, 1e15),
        no_collapse("orders"),
    ],
    "marts.sessions": [
        *complete("business", "session_id", "channel", "started_at", "ended_at"),
        no_collapse("sessions"),
    ],
    "marts.interactions": [
        *complete("business", "interaction_id", "customer_id", "product_id", "occurred_at", "weight"),
        no_rows(
            "finite weights",
            "select 1 from batch where weight in ('NaN', 'Infinity', '-Infinity')",
        ),
        no_rows(
            "known customers",
            """
            select 1 from batch
            left join marts.customers using (business, customer_id) where customers.business is null
            """,
        ),
        no_rows(
            "known products",
            """
            select 1 from batch
            left join marts.products using (business, product_id) where products.business is null
            """,
        ),
        no_rows(
            "interactions in every business whose customers bought",
            """
            select business from marts.orders where customer_id is not null and line_count > 0
            except
            select business from batch
            """,
        ),
    ],
    "marts.bank_portraits": [
        between("age", 0, 120, mostly=0.99),
        no_collapse("bank_portraits"),
    ],
}
