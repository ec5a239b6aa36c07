"""What the text step finds in the reviews and titles of real shops."""

import re
from collections import Counter, defaultdict

import pytest

from ml.text.candidates import candidates
from ml.text.dictionary import Dictionary
from ml.text.keywords import keywords
from ml.text.normalise import normalised
from ml.text.segment import segment
from tests.ml.text.real_texts import REAL, reviews, reviews_by_category, titles

pytestmark = [*REAL, pytest.mark.timeout(600)]
LEARNT = 5000
# What a shopkeeper would take for the category's own word, beside the word itself.
SIBLINGS = {
    "书籍": {"书", "好书", "套书", "图书", "小说"},
    "平板": {"平板电脑"},
    "手机": {"机子"},
    "水果": {"苹果", "火龙果", "果子"},
    "洗发水": {"洗发露"},
    "热水器": set(),
    "蒙牛": {"牛奶", "酸奶"},
    "衣服": {"裤子", "外套"},
    "计算机": {"电脑", "笔记本"},
    "酒店": {"宾馆"},
}


def kept_whole(sample, dictionary=None):
    """The share of the marked products and brands that come out as exactly one word."""
    whole = marked = 0
    for title, entities in sample:
        text, spans, at = normalised(title), set(), 0
        assert len(text) == len(title)
        for token in segment(title, dictionary):
            found = re.compile(r"[\W_]*".join(map(re.escape, token.word.split()))).search(text, at)
            spans.add(found.span())
            at = found.end()
        marked += len(entities)
        whole += sum((begin, end) in spans for begin, end, _ in entities)
    return whole / marked


def accepted(proposed, sample):
    """Of the proposed terms, those that people marked in these titles: as a user accepts rows, one by one."""
    marked = defaultdict(Counter)
    for title, entities in sample:
        for begin, end, kind in entities:
            marked[" ".join(normalised(title[begin:end]).replace(",", " ").split())][kind] += 1
    return [one._replace(kind=marked[one.term].most_common(1)[0][0]) for one in proposed if one.term in marked]


def test_a_dictionary_mined_from_5000_titles_keeps_more_terms_of_1000_others_whole():
    everything = titles()
    assert len(everything) == 6000
    learnt, others = everything[:LEARNT], everything[LEARNT:]
    proposed = candidates([title for title, _ in learnt])
    dictionary = Dictionary(accepted(proposed, learnt))
    plain, domain = kept_whole(others), kept_whole(others, dictionary)
    print(
        f"\n{len(proposed):,} candidates, {len(dictionary.terms):,} accepted, {len(dictionary.heads)} heads"
        f"\nproducts and brands kept whole: plain {plain:.1%}, with the dictionary {domain:.1%}"
    )
    assert domain - plain >= 0.15


def test_the_keywords_of_a_category_of_reviews_name_it():
    by_category = reviews_by_category()
    assert by_category.keys() == SIBLINGS.keys()
    found = keywords([[(review, 1) for review in texts] for texts in by_category.values()], at_most=10)
    tops = {category: [keyword.term for keyword in top] for category, top in zip(by_category, found, strict=True)}
    for category, top in tops.items():
        print(f"\n{category}: {' '.join(top)}", end="")
    named = [category for category, top in tops.items() if {category, *SIBLINGS[category]} & set(top)]
    assert len(named) >= 8


def test_keywords_of_a_review_are_words_of_it_and_nearly_every_review_has_some():
    texts = [review for _, review in reviews()]
    assert len(texts) == 62_774
    found = list(keywords([[(text, 1)] for text in texts[::50]]))
    assert len(found) == len(texts[::50])
    wrong = [
        (keyword.term, text)
        for text, top in zip(texts[::50], found, strict=True)
        for keyword in top
        if keyword.term not in normalised(text)
    ]
    assert not wrong and sum(map(bool, found)) / len(found) > 0.9
