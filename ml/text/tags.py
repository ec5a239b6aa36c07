"""Part-of-speech tags: those of the segmenter's dictionary (ICTCLAS letters); English words have `eng` alone.

No light English tagger is among the dependencies, and none by rules would be right often enough to be called one.
"""

ENGLISH, NUMBER, NOUN, NAME = "eng", "m", "n", "nz"
# Nouns and names of all kinds begin with n; vn are verbs used as nouns, j abbreviations.
NOUNS_AND_NAMES = ("n", "vn", "j", ENGLISH)
MODIFIERS = ("n", "v", "a", "b", "z")


def says_what(tag: str) -> bool:
    """Say whether words of this tag name things: nouns, names, and English words, of which nothing else is known."""
    return tag.startswith(NOUNS_AND_NAMES)


def may_modify(tag: str) -> bool:
    """Say whether a word of this tag can stand before a noun and make one word with it."""
    return tag.startswith(MODIFIERS)
