from ml.text.dictionary import Dictionary, Term
from ml.text.segment import segment, tokens


def test_a_chinese_product_becomes_its_words():
    found = tokens("西湖龙井茶叶礼盒")
    assert "西湖" in found and "礼盒" in found
    assert "".join(found) == "西湖龙井茶叶礼盒"


def test_an_english_product_becomes_lower_case_words_without_stop_words():
    assert tokens("The Red Ceramic Teapot with a Lid") == ["red", "ceramic", "teapot", "lid"]


def test_mixed_text_gives_both_languages_and_full_width_letters_are_plain_ones():
    found = tokens("明前龙井 ＧＲＥＥＮ tea 500")
    assert {"龙井", "green", "tea"} <= set(found)
    assert "500" not in found


def test_chinese_stop_words_are_left_out():
    assert "的" not in tokens("景德镇的茶杯")


def test_words_keep_their_order_and_carry_their_tag():
    found = segment("我买了 Nike 跑鞋 2 双")
    assert [token.word for token in found] == ["我", "买", "了", "nike", "跑鞋", "2", "双"][:5] + ["双"]
    tag = dict(found)
    assert tag["跑鞋"] == "n" and tag["买"] == "v" and tag["nike"] == "NN"


def test_english_words_have_tags_of_their_own_and_unknown_ones_are_nouns_unless_their_ending_says_otherwise():
    found = segment("These lovely teapots from Hangzhou arrived unbelievably quickly, ordered 2 more")
    tags = "DT/these JJ/lovely NNS/teapots IN/from NN/hangzhou VBD/arrived RB/unbelievably RB/quickly"
    assert [f"{tag}/{word}" for word, tag in found][:8] == tags.split()


def test_a_term_of_the_domain_has_the_tag_of_its_kind_and_words_of_other_alphabets_have_none():
    found = dict(segment("Fresh teapot, чайник", Dictionary([Term("Fresh", "brand")])))
    assert found == {"fresh": "nz", "teapot": "NN", "чайник": "eng"}
    assert dict(segment("Fresh teapot"))["fresh"] == "JJ"


def test_a_text_of_nothing_has_no_words():
    assert segment(None) == segment("") == segment("！？ …") == []
