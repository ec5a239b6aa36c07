"""Part-of-speech tags: Chinese words have those of the segmenter's dictionary (ICTCLAS letters, lower case), English
words those of the Penn Treebank (upper case, see english.py), words of other alphabets `eng` alone.
"""

ENGLISH, NUMBER, NOUN, NAME = "eng", "m", "n", "nz"
# Nouns and names of all kinds begin with n or NN; vn are verbs used as nouns, j abbreviations.
NOUNS_AND_NAMES = ("n", "vn", "j", "NN", ENGLISH)
MODIFIERS = ("n", "v", "a", "b", "z")


def says_what(tag: str) -> bool:
    """Say whether words of this tag name things: nouns, names, and words of which nothing is known."""
    return tag.startswith(NOUNS_AND_NAMES)


def may_modify(tag: str) -> bool:
    """Say whether a word of this tag can stand before a noun and make one word with it."""
    return tag.startswith(MODIFIERS)
