"""Candidates for the domain dictionary, mined from the titles of products; a person says which are terms.

Four rules find them: words that titles have several times one after another, more than chance would bring together
(pointwise mutual information) and in changing company (entropy of the neighbours); a modifier before a noun, once is
enough; rows of single signs and what a title begins with, which is how unknown names look; and single words.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ml.text.dictionary import Dictionary, Term, Token
from ml.text.segment import runs
from ml.text.tags import ENGLISH

LONGEST = 4
LEAST_TITLES, LEAST_INFORMATION = 2, 2.0
NOUNS = ("n", "v", "q", "k", "z", "eng")
MODIFIERS = ("n", "v", "a", "b", "e", "z", "j", "l", "m", "f", "s", "t", "i")

Words = tuple[str, ...]


class Neighbourhood(NamedTuple):
    """How often words follow each other, and what stands before and behind them."""

    counts: Counter
    before: dict[Words, Counter]
    behind: dict[Words, Counter]
    alone: set[Words]


def candidates(titles: Iterable[str], dictionary: Dictionary | None = None) -> list[Term]:
    """Return candidates that the dictionary lacks, the best first; their kind is a guess by their look."""
    found = _neighbourhood(titles, dictionary)
    total = sum(count for words, count in found.counts.items() if len(words) == 1)
    scores: dict[str, float] = {}
    counts: Counter = Counter()
    for words, count in found.counts.items():
        term = written(words)
        if len(term) < 2 or not any(sign.isalpha() for sign in term) or (dictionary and term in dictionary.terms):
            continue
        information = _information(words, found.counts, total)
        if len(words) > 1 and words not in found.alone and (count < LEAST_TITLES or information < LEAST_INFORMATION):
            continue
        company = min(_entropy(found.before[words]), _entropy(found.behind[words]))
        scores[term] = max(scores.get(term, 0), information * count * (1 + company))
        counts[term] = max(counts[term], count)
    best_first = sorted(scores, key=lambda term: (-scores[term], -counts[term], term))
    return [Term(term, _kind(term), counts[term]) for term in best_first]


def written(words: Words) -> str:
    """Return words as one term: with blanks between Latin ones, without between signs."""
    term = words[0]
    for before, word in zip(words, words[1:], strict=False):
        term += f" {word}" if before.isascii() and word.isascii() else word
    return term


def _neighbourhood(titles: Iterable[str], dictionary: Dictionary | None) -> Neighbourhood:
    counts: Counter = Counter()
    before, behind = defaultdict(Counter), defaultdict(Counter)
    alone: set[Words] = set()
    for number, title in enumerate(titles):
        for place, chunk in enumerate(_chunks(title, dictionary)):
            for at in range(len(chunk)):
                for end in range(at + 1, min(at + LONGEST, len(chunk)) + 1):
                    tokens = chunk[at:end]
                    words = tuple(token.word for token in tokens)
                    counts[words] += 1
                    # An edge is a neighbour of its own each time: a term may stand there whatever else is said.
                    before[words][chunk[at - 1].word if at else f"^{number}"] += 1
                    behind[words][chunk[end].word if end < len(chunk) else f"${number}"] += 1
                    if len(words) == 2 and _may_be_one(*tokens, begins_title=place == 0 and at == 0):
                        alone.add(words)
    return Neighbourhood(counts, before, behind, alone)


def _chunks(title: str, dictionary: Dictionary | None) -> Iterator[list[Token]]:
    """Return runs of words that may be one term: Latin words in a row, or signs without a gap."""
    chunk: list[Token] = []
    for run in runs(title, dictionary):
        if chunk and not all(token.word.isascii() for token in chunk[-1:] + run):
            yield chunk
            chunk = []
        chunk = chunk + run
    if chunk:
        yield chunk


def _may_be_one(first: Token, second: Token, begins_title: bool) -> bool:
    is_compound = first.tag.startswith(MODIFIERS) and second.tag.startswith(NOUNS) and second.tag != ENGLISH
    return is_compound or begins_title or len(first.word) == len(second.word) == 1


def _information(words: Words, counts: Counter, total: int) -> float:
    """Return the least pointwise mutual information over all ways to part the words; 1 for a single one."""
    if len(words) == 1:
        return 1.0
    parts = (counts[words[:at]] * counts[words[at:]] for at in range(1, len(words)))
    return math.log(counts[words] * total / max(parts))


def _entropy(neighbours: Counter) -> float:
    total = sum(neighbours.values())
    return -sum(count / total * math.log(count / total) for count in neighbours.values())


def _kind(term: str) -> str:
    """Guess: Latin letters with digits are a model, all else a product; who knows the shop knows its brands."""
    return "model" if term.isascii() and any(sign.isdigit() for sign in term) else "product"
