from ml.text.candidates import candidates
from ml.text.dictionary import Dictionary, Term

TITLES = [
    "老班章普洱茶饼",
    "正宗老班章古树茶",
    "礼盒老班章",
    "Le Creuset cast iron pot",
    "Red Le Creuset pan",
    "新款午睡枕",
    "奈雪 杯子",
]


def found(titles=TITLES, dictionary=None):
    return {one.term: one for one in candidates(titles, dictionary)}


def test_words_that_stand_together_more_than_chance_would_have_it_are_proposed():
    assert found()["le creuset"] == Term("le creuset", "product", 2)
    assert found()["老班章"].title_count == 3
    assert "cast iron pot" not in found()  # once, and no title begins with it


def test_a_compound_and_what_looks_like_a_name_are_proposed_after_one_title():
    assert {"午睡枕", "奈雪"} <= found().keys()


def test_words_apart_are_no_candidate():
    assert not [term for term in found() if "奈雪杯" in term or term == "pot red"]


def test_the_kind_is_guessed_by_the_look():
    kinds = {term: one.kind for term, one in found(["mate60 手机 huawei"]).items()}
    assert kinds == {"mate60": "model", "手机": "product", "huawei": "product"}


def test_what_was_accepted_is_proposed_no_more_and_the_order_of_titles_does_not_matter():
    accepted = Dictionary([Term("Le Creuset", "brand")])
    assert "le creuset" not in found(dictionary=accepted)
    assert candidates(reversed(TITLES)) == candidates(TITLES)


def test_what_stands_in_changing_company_comes_before_what_always_stands_in_the_same():
    changing = [f"{one}老班章{other}" for one in ("正宗", "礼盒", "新款") for other in ("茶饼", "古树", "包邮")]
    multi = [one.term for one in candidates([*changing, *["新款陶瓷茶杯包邮"] * 9]) if len(one.term) in (3, 4)]
    assert multi.index("老班章") < multi.index("陶瓷茶杯")
