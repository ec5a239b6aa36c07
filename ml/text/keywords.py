"""Keywords of texts: nouns and names, weighed by TF-IDF over all texts and by TextRank within each.

TextRank (Mihalcea and Tarau 2004) is PageRank over the words of a text, joined where they stand near each other; here
the graphs of many texts are one sparse matrix, so that all are ranked in the same hundred multiplications.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfTransformer

from ml.text.dictionary import Dictionary
from ml.text.segment import is_telling, segment
from ml.text.tags import says_what

WINDOW = 5
DAMPING, ROUNDS = 0.85, 100
TEXTS_AT_ONCE = 5000
PER_TEXT = 20

# A document is its fields, each a text and how much a word in it counts.
Document = Sequence[tuple[str | None, float]]


class Keyword(NamedTuple):
    """A noun or name; the weight is the mean of the two measures, each relative to the text's highest."""

    term: str
    tag: str
    tf_idf: float
    text_rank: float
    weight: float


class _Words(NamedTuple):
    """The nouns and names of all texts in their order, as arrays: of which text, which word, where, how much."""

    text: np.ndarray
    word: np.ndarray
    place: np.ndarray
    weight: np.ndarray
    vocabulary: list[str]
    tags: list[str]


def keywords(
    documents: Sequence[Document], dictionary: Dictionary | None = None, at_most: int = PER_TEXT
) -> Iterator[list[Keyword]]:
    """Return the keywords of each document, heaviest first."""
    found = _words(documents, dictionary)
    texts, words = len(documents), len(found.vocabulary)
    counts = sp.coo_array((found.weight, (found.text, found.word)), shape=(texts, words)).tocsr()
    counts.sum_duplicates()
    shares = TfidfTransformer().fit_transform(counts) if counts.nnz else counts
    for begin in range(0, texts, TEXTS_AT_ONCE):
        end = min(begin + TEXTS_AT_ONCE, texts)
        ranks = _text_ranks(found, counts[begin:end], begin)
        for row in range(end - begin):
            yield _heaviest(found, shares[[begin + row]], ranks[[row]], at_most)


def _words(documents: Sequence[Document], dictionary: Dictionary | None) -> _Words:
    text, words, places, weights = [], [], [], []
    place, column, tags = 0, {}, []
    for number, document in enumerate(documents):
        for content, weight in document:
            for token in segment(content, dictionary):
                place += 1
                if len(token.word) > 1 and says_what(token.tag) and is_telling(token):
                    if token.word not in column:
                        column[token.word] = len(column)
                        tags.append(token.tag)
                    text.append(number)
                    words.append(column[token.word])
                    places.append(place)
                    weights.append(weight)
            place += WINDOW  # words of different fields are not near each other
    arrays = [np.array(values, dtype=np.int64) for values in (text, words, places)]
    return _Words(*arrays, np.array(weights, dtype=float), list(column), tags)


def _text_ranks(found: _Words, counts: sp.csr_array, first: int) -> sp.csr_array:
    """Return texts × words: the PageRank of each word within its text; a text's ranks add up to one."""
    size, nodes = counts.shape[0], counts.nnz
    of_text = np.repeat(np.arange(size), np.diff(counts.indptr))
    near = _near(found, counts, first)
    degree = near.sum(axis=0)
    per_text = np.bincount(of_text, minlength=size).astype(float)
    spread = near @ sp.diags_array(np.divide(1, degree, out=np.zeros(nodes), where=degree > 0))
    rank = 1 / per_text[of_text]
    for _ in range(ROUNDS):
        lost = np.bincount(of_text, rank * (degree == 0), minlength=size) / np.maximum(per_text, 1)
        rank = (1 - DAMPING) / per_text[of_text] + DAMPING * (spread @ rank + lost[of_text])
    return sp.csr_array((rank, counts.indices, counts.indptr), shape=counts.shape)


def _near(found: _Words, counts: sp.csr_array, first: int) -> sp.csr_array:
    """Return nodes × nodes: how often two words of a text stand less than WINDOW apart, by their fields' weights."""
    begin, end = np.searchsorted(found.text, [first, first + counts.shape[0]])
    rows, words, places, weights = (
        values[begin:end] for values in (found.text - first, found.word, found.place, found.weight)
    )
    keys = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr)) * counts.shape[1] + counts.indices
    order = np.argsort(keys)
    node = order[np.searchsorted(keys[order], rows * counts.shape[1] + words)]
    one, other, weight = [], [], []
    for step in range(1, WINDOW):
        near = (places[step:] - places[:-step] < WINDOW) & (node[step:] != node[:-step])
        one.append(node[:-step][near])
        other.append(node[step:][near])
        weight.append(np.minimum(weights[step:], weights[:-step])[near])
    one, other, weight = np.concatenate(one), np.concatenate(other), np.concatenate(weight)
    pairs = (np.concatenate([one, other]), np.concatenate([other, one]))
    near = sp.coo_array((np.concatenate([weight, weight]), pairs), shape=(counts.nnz, counts.nnz)).tocsr()
    near.sum_duplicates()
    return near


def _heaviest(found: _Words, shares: sp.csr_array, ranks: sp.csr_array, at_most: int) -> list[Keyword]:
    if not shares.nnz:
        return []
    weights = (shares.data / shares.data.max() + ranks.data / ranks.data.max()) / 2
    rows = zip(shares.indices.tolist(), shares.data.tolist(), ranks.data.tolist(), weights.tolist(), strict=True)
    words = [
        Keyword(found.vocabulary[word], found.tags[word], round(share, 6), round(rank, 6), round(weight, 6))
        for word, share, rank, weight in rows
    ]
    return sorted(words, key=lambda keyword: (-keyword.weight, keyword.term))[:at_most]
