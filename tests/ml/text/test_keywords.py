import networkx
import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from ml.text import keywords as module
from ml.text.keywords import WINDOW, keywords
from ml.text.segment import is_telling, segment
from ml.text.tags import says_what

TEXTS = [
    "这款手机屏幕清晰，电池耐用，手机外观漂亮，屏幕很大。",
    "酒店房间干净，服务态度好，早餐丰富，酒店位置方便。",
    "The green teapot pours well, the teapot lid fits",
    "苹果新鲜，苹果很甜，物流快，包装好",
    "手机包装很好，物流也快，手机不错",
    "很好",
    None,
]


def terms(found):
    return [keyword.term for keyword in found]


def kept(text):
    """All words with their places, and which of them may be keywords."""
    words = enumerate(segment(text))
    return [(at, w.word) for at, w in words if len(w.word) > 1 and says_what(w.tag) and is_telling(w)]


def obvious_ranks(text):
    """TextRank as it is told: a graph of the words near each other, and PageRank."""
    graph, words = networkx.Graph(), kept(text)
    graph.add_nodes_from(word for _, word in words)
    for number, (at, word) in enumerate(words):
        for place, other in words[number + 1 :]:
            if place - at < WINDOW and word != other:
                weight = graph.get_edge_data(word, other, {"weight": 0})["weight"]
                graph.add_edge(word, other, weight=weight + 1)
    return networkx.pagerank(graph, alpha=module.DAMPING, tol=1e-10, max_iter=1000) if words else {}


def test_text_rank_of_many_texts_at_once_is_pagerank_of_each(monkeypatch):
    monkeypatch.setattr(module, "TEXTS_AT_ONCE", 2)
    for text, found in zip(TEXTS, keywords([[(text, 1)] for text in TEXTS]), strict=True):
        assert {one.term: one.text_rank for one in found} == pytest.approx(obvious_ranks(text), abs=1e-5)


def test_tf_idf_is_that_of_scikit_learn():
    vectorizer = TfidfVectorizer(analyzer=lambda text: [word for _, word in kept(text)])
    expected = vectorizer.fit_transform(TEXTS).toarray()
    column = vectorizer.vocabulary_
    for row, found in zip(expected, keywords([[(text, 1)] for text in TEXTS]), strict=True):
        assert {one.term for one in found} == {term for term, at in column.items() if row[at] > 0}
        assert all(one.tf_idf == pytest.approx(row[column[one.term]], abs=1e-5) for one in found)


def test_keywords_are_nouns_and_names_and_never_stop_words():
    phone, hotel, teapot, *_ = keywords([[(text, 1)] for text in TEXTS])
    assert {"手机", "屏幕"} == set(terms(phone)[:2]) and "清晰" not in terms(phone)
    assert terms(hotel)[0] == "酒店"
    assert terms(teapot) == ["teapot", "lid"]  # neither green nor pours, well, fits


def test_a_word_of_a_heavier_field_weighs_more_and_fields_are_not_near_each_other():
    [found] = keywords([[("茶壶", 3), ("茶杯", 1)]])
    assert terms(found) == ["茶壶", "茶杯"] and found[0].tf_idf == pytest.approx(3 * found[1].tf_idf, rel=1e-4)
    assert found[0].text_rank == found[1].text_rank == 0.5


def test_texts_without_a_noun_have_no_keywords_and_no_text_has_more_than_asked_for():
    assert list(keywords([[("很好", 1)], [(None, 1)]])) == [[], []]
    assert list(keywords([])) == []
    assert len(next(keywords([[(TEXTS[0], 1)]], at_most=2))) == 2


def test_a_text_has_the_same_keywords_whatever_the_order_of_the_texts():
    found = dict(zip(TEXTS, keywords([[(text, 1)] for text in TEXTS]), strict=True))
    order = np.random.default_rng(1).permutation(len(TEXTS))
    again = keywords([[(TEXTS[at], 1)] for at in order])
    assert all(found[TEXTS[at]] == one for at, one in zip(order, again, strict=True))
