"""The part-of-speech tag of an English word, by TextBlob's tagger: Brill's lexicon, and endings of words it lacks.

Both are files of the package; its other tagger, NLTK's, would download a model. A word has the tag that it has most
often, whatever stands beside it: Brill's rules of context, as TextBlob applies them, cost keywords more nouns than they
rid them of verbs.
"""

from functools import lru_cache

from textblob.en.taggers import PatternTagger


@lru_cache(maxsize=100_000)
def tag(word: str) -> str:
    """Return the Penn Treebank tag of a word in lower case; a noun, NN, where nothing says otherwise."""
    [(_, found)] = PatternTagger().tag(word, tokenize=False)
    return found
