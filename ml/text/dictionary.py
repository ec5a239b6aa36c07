"""The domain dictionary: brands, models and product words that stay one word, however long.

Its terms are the rows of the seed domain_terms that a person accepted; its version is the hash of their content.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import rjieba

from ml.text.normalise import normalised
from ml.text.tags import NAME, NOUN, may_modify

KINDS = {"brand": NAME, "model": NAME, "product": NOUN}
# A term counts this often per title that has it, in the segmenter's counts of words in newspapers and books.
WEIGHT_OF_A_TITLE = 1000
TERMS_OF_A_HEAD = 2


class Token(NamedTuple):
    """A word and its part-of-speech tag, see ml/text/tags.py."""

    word: str
    tag: str


class Term(NamedTuple):
    """An accepted term: its kind is one of KINDS, its count that of the titles that it was mined from."""

    term: str
    kind: str
    title_count: int = 1


class Dictionary:
    """Cuts runs of text into words: the segmenter's own ones and the domain's.

    Attributes:
        version: the same for the same terms, whatever their order.
        terms: each accepted term, normalised, and its tag.
        heads: signs such as 鞋 that end several terms behind a word, and so make new product words of others.
    """

    def __init__(self, terms: Iterable[Term] = ()):
        kept = {normalised(one.term).strip(): one for one in sorted(terms)}
        content = [f"{word}\t{one.kind}\t{one.title_count}\n" for word, one in kept.items()]
        self.version = hashlib.sha256("".join(content).encode()).hexdigest()[:16]
        self.terms = {word: KINDS[one.kind] for word, one in kept.items()}
        self._jieba = rjieba.Jieba()
        self.heads = frozenset(_heads(kept, self._jieba))
        self._phrases = defaultdict(list)
        for word, one in kept.items():
            if word.isalnum():
                least = max(self._jieba.suggest_freq(word), WEIGHT_OF_A_TITLE * one.title_count * (len(word) > 1))
                self._jieba.add_word(word, least, self.terms[word])
        for word in sorted(kept, key=lambda word: (-len(word), word)):
            if not word.isalnum():
                self._add_phrase(word, self.terms[word])

    def cut(self, run: str) -> list[Token]:
        """Return the words of a run of letters and signs without a gap; together they are the run."""
        found = self._jieba.tag(run)
        if not self.terms:
            return [Token(*pair) for pair in found]
        found = [Token(word, self.terms.get(word, tag)) for word, tag in found]  # a word it knew keeps its old tag
        return [part for token in self._headed(found) for part in self._parts(token)]

    def joined(self, tokens: list[Token]) -> list[Token]:
        """Return the words with those joined by a blank that are a term of several words."""
        if not self._phrases:
            return tokens
        found, at = [], 0
        while at < len(tokens):
            term, length = self._phrase(tokens, at)
            found.append(term)
            at += length
        return found

    def _headed(self, tokens: list[Token]) -> list[Token]:
        found: list[Token] = []
        for token in tokens:
            before = found[-1] if found else None
            if token.word in self.heads and before and 2 <= len(before.word) <= 3 and may_modify(before.tag):
                found[-1] = Token(before.word + token.word, NOUN)
            else:
                found.append(token)
        return found

    def _parts(self, token: Token) -> list[Token]:
        """Part a common compound that ends in a term: to the domain, a birthday cake is a cake."""
        if token.word not in self.terms and token.word.isalpha() and not token.word.isascii():
            for at in range(2, len(token.word) - 1):
                if token.word[at:] in self.terms:
                    return [Token(token.word[:at], token.tag), Token(token.word[at:], NOUN)]
        return [token]

    def _add_phrase(self, phrase: str, tag: str) -> None:
        words = tuple("".join(sign if sign.isalnum() else " " for sign in phrase).split())
        if words:
            self._phrases[words[0]].append((words, Token(" ".join(words), tag)))

    def _phrase(self, tokens: list[Token], at: int) -> tuple[Token, int]:
        for words, term in self._phrases.get(tokens[at].word, ()):
            if tuple(token.word for token in tokens[at : at + len(words)]) == words:
                return term, len(words)
        return tokens[at], 1


def _heads(terms: Iterable[str], jieba: rjieba.Jieba) -> list[str]:
    """Return the signs that end TERMS_OF_A_HEAD terms or more, each behind a word of two signs or more."""
    ends = Counter()
    for term in terms:
        *_, before, last = ["", "", *jieba.cut(term)]
        if len(last) == 1 and len(before) > 1 and (before + last).isalpha() and not last.isascii():
            ends[last] += 1
    return [head for head, count in ends.items() if count >= TERMS_OF_A_HEAD]
