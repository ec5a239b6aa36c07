"""What one business looked like at one moment, as arrays: everything the models may see, and its fingerprint."""

import hashlib
import json
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp

# PostgreSQL's binary COPY counts timestamps in microseconds since 2000-01-01 UTC; so do all moments here.
EPOCH_YEAR, DAY = 2000, 86_400_000_000
ATTRIBUTES = ("gender", "birth_year", "country", "city", "language")
INTERACTION = np.dtype(
    [("customer", "i4"), ("product", "i4"), ("occurred_at", "i8"), ("weight", "f8"), ("is_purchase", "?")]
)
GUEST = -1  # the customer of a sale to nobody known
SALE = np.dtype([("customer", "i4"), ("product", "i4"), ("occurred_at", "i8"), ("quantity", "f8"), ("price", "f8")])


@dataclass(frozen=True)
class Snapshot:
    """One business: customers and products in order of id, interactions that point at both by position.

    Attributes:
        attributes: per name of ATTRIBUTES one value (or None) for each customer.
        may_personalise: False for a customer who refused; such a customer gets no personal list.
        is_offered: True for a product that may be recommended now.
        terms: products × vocabulary, TF-IDF weights.
        interactions: array of INTERACTION, in a canonical order.
        sales: array of SALE, in order of time: order lines of customers who may be learned from, and of guests.
        sequences: by how many interactions a history has, from the first on, customers × products: the scores that
            a model of sequences foretold from it (`ml/deep`); empty where that never ran on this very content.
        segments: positions of the customers who belong to each segment now. The gate protects them; no model sees them,
            and a fingerprint leaves them out: they change by the passing of days alone.
    """

    business: str
    customer_ids: list[str]
    attributes: dict[str, list]
    may_personalise: np.ndarray
    product_ids: list[str]
    names: list[str | None]
    brands: list[str | None]
    categories: list[str | None]
    is_offered: np.ndarray
    order_line_counts: np.ndarray
    vocabulary: list[str]
    terms: sp.csr_array
    interactions: np.ndarray
    sales: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=SALE))
    sequences: dict[int, sp.csr_array] = field(default_factory=dict)
    segments: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, int]:
        """Return (customers, products)."""
        return len(self.customer_ids), len(self.product_ids)

    def targets(self) -> np.ndarray:
        """Say for each interaction whether it is of the kind to predict: purchases, or all where none are."""
        purchases = self.interactions["is_purchase"]
        return purchases if purchases.any() else self.interactions["weight"] > 0

    def fingerprint(self) -> str:
        """Return a SHA-256 over all that was read of a business; in which order does not matter."""
        digest = hashlib.sha256()
        texts = [self.business, self.customer_ids, self.attributes, self.product_ids, self.names, self.brands]
        texts += [self.categories, self.vocabulary]
        digest.update(json.dumps(texts, sort_keys=True).encode())
        arrays = [self.may_personalise, self.is_offered, self.order_line_counts, self.interactions, self.sales]
        for array in [*arrays, self.terms.indptr, self.terms.indices, self.terms.data]:
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    def fingerprint_with_sequences(self) -> str:
        """Return the same, of what was foretold from it too."""
        if not self.sequences:
            return self.fingerprint()
        digest = hashlib.sha256(self.fingerprint().encode())
        for seen, scores in sorted(self.sequences.items()):
            digest.update(json.dumps(seen).encode())
            for array in (scores.indptr, scores.indices, scores.data):
                digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()


def once_a_moment(rows: np.ndarray) -> np.ndarray:
    """Return the first row of each (customer, product, moment), by customer, moment and product."""
    rows = rows[np.lexsort([rows["product"], rows["occurred_at"], rows["customer"]])]
    changes = [np.diff(rows[name]) != 0 for name in ("customer", "occurred_at", "product")]
    return rows[np.r_[True, changes[0] | changes[1] | changes[2]]] if len(rows) else rows


def in_canonical_order(rows: np.ndarray) -> np.ndarray:
    """Sort by time and then by all other fields, so that equal sets of rows become equal arrays."""
    fields = [name for name in rows.dtype.names if name != "occurred_at"][::-1]
    return rows[np.lexsort([rows[name] for name in (*fields, "occurred_at")])]


def matrix_of_terms(products: int, rows: list[tuple[int, str, float]]) -> tuple[list[str], sp.csr_array]:
    """Return the sorted vocabulary and the products × vocabulary matrix of (product, term, weight) rows."""
    vocabulary = sorted({term for _, term, _ in rows})
    column = {term: at for at, term in enumerate(vocabulary)}
    at = ([row[0] for row in rows], [column[row[1]] for row in rows])
    matrix = sp.csr_array(([row[2] for row in rows], at), shape=(products, len(vocabulary)), dtype=np.float64)
    matrix.sort_indices()
    return vocabulary, matrix
