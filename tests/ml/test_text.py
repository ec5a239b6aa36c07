from ml import text


def terms_of(*products):
    return [[term for term, _ in found] for found in text.product_terms(list(products))]


def test_a_chinese_product_becomes_its_words():
    found = text.tokens("西湖龙井茶叶礼盒")
    assert "西湖" in found and "礼盒" in found
    assert "".join(found) == "西湖龙井茶叶礼盒"


def test_an_english_product_becomes_lower_case_words_without_stop_words():
    assert text.tokens("The Red Ceramic Teapot with a Lid") == ["red", "ceramic", "teapot", "lid"]


def test_mixed_text_gives_both_languages_and_full_width_letters_are_plain_ones():
    found = text.tokens("明前龙井 ＧＲＥＥＮ tea 500")
    assert {"龙井", "green", "tea"} <= set(found)
    assert "500" not in found


def test_chinese_stop_words_are_left_out():
    assert "的" not in text.tokens("景德镇的茶杯")


def test_a_rare_word_weighs_more_than_one_that_all_products_have():
    first, *_ = terms_of(("jasmine tea", None, None, None), ("black tea", None, None, None), ("tea", None, None, None))
    assert first == ["jasmine", "tea"]


def test_the_name_counts_more_than_the_description():
    [found] = terms_of(("teapot", None, None, "kettle"))
    assert found == ["teapot", "kettle"]


def test_no_product_has_more_than_twenty_terms():
    words = " ".join(f"word{number:02}x" for number in range(40))
    [found] = terms_of((words, None, None, None))
    assert len(found) == 20


def test_products_without_any_text_have_no_terms():
    assert terms_of((None, None, None, None), ("", "", "", "")) == [[], []]
