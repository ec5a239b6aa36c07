from ml.text.terms import product_terms


def terms_of(*products):
    return [[term for term, _ in found] for found in product_terms(list(products))]


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
