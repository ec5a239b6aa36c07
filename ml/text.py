"""Terms that say what a product is: Chinese words by jieba's dictionary, English ones by a word pattern, TF-IDF."""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import rjieba
from sklearn.feature_extraction.text import TfidfVectorizer

TERMS_PER_PRODUCT = 20
NAME_WEIGHT = 2
HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")
WORD = re.compile(r"(?u)\b\w\w+\b")  # scikit-learn's own default pattern
STOP_WORDS = frozenset(
    word
    for path in sorted((Path(__file__).parent / "stop_words").glob("*.txt"))
    for word in path.read_text(encoding="utf-8").split()
)


def tokens(text: str | None) -> list[str]:
    """Return the words of a text that may mix Chinese and English; no stop words, no bare numbers."""
    plain = unicodedata.normalize("NFKC", text or "").lower()
    words = [word for run in HAN.findall(plain) for word in rjieba.cut(run)]
    words += WORD.findall(HAN.sub(" ", plain))
    return [word for word in words if word not in STOP_WORDS and not word.isdecimal()]


def product_terms(products: list[tuple[str | None, ...]]) -> Iterator[list[tuple[str, float]]]:
    """Return for each (name, brand, category, description) its heaviest terms, (term, weight), heaviest first."""
    documents = [tokens(name) * NAME_WEIGHT + tokens(" ".join(filter(None, rest))) for name, *rest in products]
    if not any(documents):
        return iter([[] for _ in documents])
    vectorizer = TfidfVectorizer(analyzer=list)
    weights = vectorizer.fit_transform(documents)
    vocabulary = vectorizer.get_feature_names_out()
    return (_heaviest(vocabulary, weights[[row]]) for row in range(len(documents)))


def _heaviest(vocabulary: np.ndarray, row) -> list[tuple[str, float]]:
    found = sorted(zip(vocabulary[row.indices], row.data, strict=True), key=lambda pair: (-round(pair[1], 6), pair[0]))
    return [(str(term), round(float(weight), 6)) for term, weight in found[:TERMS_PER_PRODUCT]]
