import random

from hypothesis import given
from hypothesis import strategies as st

from ml.text.near_duplicates import LEAST_SIMILARITY, SHINGLE, SHORTEST, near_duplicates
from ml.text.normalise import normalised

REVIEW = (
    "朋友介绍来的，店家发货很快，第二天就到了，收到了这款龙井茶叶礼盒，包装精美，"
    "茶香浓郁，回甘持久，送给父母非常满意，下次还会回购，推荐给大家。"
)
OTHER = "酒店的位置很方便，离地铁站只有五分钟，房间干净整洁，早餐品种丰富，前台服务员的态度也很好。"


def shingles(text):
    signs = "".join(sign for sign in normalised(text) if sign.isalnum())
    return {signs[at : at + SHINGLE] for at in range(len(signs) - SHINGLE + 1)}


def similarity(one, other):
    one, other = shingles(one), shingles(other)
    return len(one & other) / len(one | other)


def test_a_copy_with_a_word_changed_is_found_whatever_its_blanks_width_and_script():
    copies = [REVIEW.replace("父母", "同事"), "  " + REVIEW.replace("，", " , "), REVIEW.replace("礼盒", "禮盒")]
    found = near_duplicates([REVIEW, OTHER, *copies])
    assert [(one.position, one.first) for one in found] == [(2, 0), (3, 0), (4, 0)]
    assert [one.similarity for one in found[1:]] == [1, 1] and found[0].similarity < 1


def test_short_texts_and_different_ones_are_no_duplicates():
    assert near_duplicates(["很好，会回购", "很好，会回购", None, "", REVIEW, OTHER]) == []


def test_all_copies_point_to_the_earliest_of_them():
    found = near_duplicates([OTHER, REVIEW, REVIEW + "好", REVIEW + "赞"])
    assert {one.first for one in found} == {1}


@given(st.integers(0, 10_000))
def test_what_is_found_are_the_pairs_that_comparing_all_with_all_finds(seed):
    draw = random.Random(seed)
    texts = []
    for _ in range(12):
        base = draw.choice([REVIEW, OTHER, REVIEW[:30]])
        at = draw.randrange(len(base))
        texts.append(base[:at] + draw.choice(["", "很", "不错的"]) + base[at + draw.randrange(2) :])
    originals, expected = [], {}
    for at, text in enumerate(texts):
        close = [(similarity(text, texts[one]), -one) for one in originals if len(shingles(text)) >= SHORTEST]
        best = max(close, default=(0, 0))
        if best[0] >= LEAST_SIMILARITY:
            expected[at] = -best[1]
        else:
            originals.append(at)
    assert {one.position: one.first for one in near_duplicates(texts)} == expected
