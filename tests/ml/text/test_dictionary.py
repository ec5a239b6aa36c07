import random

from ml.text.dictionary import Dictionary, Term
from ml.text.segment import segment, tokens

TERMS = [
    Term("六安瓜片", "product", 3),
    Term("Green Tea", "product"),
    Term("T恤", "product", 5),
    Term("蛋糕", "product", 9),
    Term("收银箱", "product"),
    Term("竹炭箱", "product"),
    Term("张小泉", "brand", 4),
    Term("Mate 60 Pro", "model"),
]


def words(text, *terms):
    return [token.word for token in segment(text, Dictionary(terms))]


def test_a_term_stays_one_word_that_would_be_cut_without_it():
    assert "六安瓜片" not in words("明前六安瓜片绿茶")
    assert "六安瓜片" in words("明前六安瓜片绿茶", *TERMS)
    assert words("男T恤", *TERMS) == ["男", "t恤"]


def test_a_term_of_several_english_words_is_one_however_it_is_written():
    assert words("Loose green  tea bags", *TERMS) == ["loose", "green tea", "bags"]
    assert words("loose GREEN-TEA", *TERMS) == ["loose", "green tea"]
    assert words("华为Mate 60 Pro手机", *TERMS)[1:2] == ["mate 60 pro"]
    assert words("tea green", *TERMS) == ["tea", "green"]


def test_terms_are_names_or_nouns_by_their_kind():
    tag = dict(segment("张小泉 六安瓜片", Dictionary(TERMS)))
    assert tag == {"张小泉": "nz", "六安瓜片": "n"}


def test_a_common_compound_that_ends_in_a_term_is_parted():
    assert words("生日蛋糕") == ["生日蛋糕"]
    assert words("生日蛋糕", *TERMS) == ["生日", "蛋糕"]


def test_what_ends_several_terms_makes_one_word_of_a_word_before_it():
    assert words("首饰箱") == ["首饰", "箱"]
    assert words("首饰箱", *TERMS) == ["首饰箱"]
    assert words("首饰箱", Term("收银箱", "product")) == ["首饰", "箱"]  # one term makes no rule
    assert words("他们箱", *TERMS) == ["他们", "箱"]  # no noun, verb or adjective before it


def test_the_version_is_that_of_the_content_and_the_order_does_not_matter():
    version = Dictionary(TERMS).version
    mixed = random.Random(3).sample(TERMS, len(TERMS))
    assert Dictionary(mixed).version == version
    assert words("张小泉生日蛋糕竹炭箱green tea", *mixed) == words("张小泉生日蛋糕竹炭箱green tea", *TERMS)
    assert Dictionary(TERMS[1:]).version != version
    assert Dictionary([TERMS[0]._replace(kind="brand"), *TERMS[1:]]).version != version


def test_without_terms_everything_is_as_the_plain_segmenter_cuts_it():
    text = "西湖龙井茶叶礼盒 Green tea，生日蛋糕"
    assert tokens(text, Dictionary()) == tokens(text)
