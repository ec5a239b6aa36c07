"""Words of a text that may mix Chinese and English, in their order, each with its tag."""

import re
from functools import cache
from itertools import chain
from pathlib import Path

from ml.text import english
from ml.text.dictionary import Dictionary, Token
from ml.text.normalise import normalised
from ml.text.tags import ENGLISH, NUMBER

RUN = re.compile(r"\w+")
HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")


@cache
def plain() -> Dictionary:
    """Return the dictionary without any term of a domain."""
    return Dictionary()


@cache
def stop_words() -> frozenset[str]:
    """Return the words of all languages that say nothing about a thing."""
    paths = sorted((Path(__file__).parent / "stop_words").glob("*.txt"))
    return frozenset(word for path in paths for word in path.read_text(encoding="utf-8").split())


def segment(text: str | None, dictionary: Dictionary | None = None) -> list[Token]:
    """Return all words with their tags, stop words too; single Latin letters are none."""
    return [_tagged(token) for token in _untagged(text, dictionary)]


def runs(text: str | None, dictionary: Dictionary | None = None) -> list[list[Token]]:
    """Return the words of each run of letters and signs that nothing interrupts."""
    dictionary = dictionary or plain()
    return [list(_words(found[0], dictionary)) for found in RUN.finditer(normalised(text))]


def tokens(text: str | None, dictionary: Dictionary | None = None) -> list[str]:
    """Return the words of a text; no stop words, no bare numbers."""
    return [token.word for token in _untagged(text, dictionary) if is_telling(token)]


def is_telling(token: Token) -> bool:
    """Say whether a word is neither a stop word nor a bare number."""
    return token.word not in stop_words() and not token.word.isdecimal()


def _untagged(text: str | None, dictionary: Dictionary | None) -> list[Token]:
    dictionary = dictionary or plain()
    return dictionary.joined(list(chain.from_iterable(runs(text, dictionary))))


def _tagged(token: Token) -> Token:
    is_english = token.tag == ENGLISH and token.word.isascii()
    return Token(token.word, english.tag(token.word)) if is_english else token


def _words(run: str, dictionary: Dictionary):
    latin = [Token(run, NUMBER if run.isdecimal() else dictionary.terms.get(run, ENGLISH))]
    found = dictionary.cut(run) if HAN.search(run) else latin
    return (token for token in found if len(token.word) > 1 or HAN.match(token.word))
