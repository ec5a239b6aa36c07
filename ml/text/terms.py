"""Terms that say what a product is, by TF-IDF over its name, brand, category and description."""

from collections.abc import Iterator

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from ml.text.dictionary import Dictionary
from ml.text.segment import tokens

TERMS_PER_PRODUCT = 20
NAME_WEIGHT = 2


def product_terms(
    products: list[tuple[str | None, ...]], dictionary: Dictionary | None = None
) -> Iterator[list[tuple[str, float]]]:
    """Return for each (name, brand, category, description) its heaviest terms, (term, weight), heaviest first."""
    documents = [
        tokens(name, dictionary) * NAME_WEIGHT + tokens(" ".join(filter(None, rest)), dictionary)
        for name, *rest in products
    ]
    if not any(documents):
        return iter([[] for _ in documents])
    vectorizer = TfidfVectorizer(analyzer=list)
    weights = vectorizer.fit_transform(documents)
    vocabulary = vectorizer.get_feature_names_out()
    return (_heaviest(vocabulary, weights[[row]]) for row in range(len(documents)))


def _heaviest(vocabulary: np.ndarray, row) -> list[tuple[str, float]]:
    found = sorted(zip(vocabulary[row.indices], row.data, strict=True), key=lambda pair: (-round(pair[1], 6), pair[0]))
    return [(str(term), round(float(weight), 6)) for term, weight in found[:TERMS_PER_PRODUCT]]
