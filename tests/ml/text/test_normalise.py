import pytest

from ml.text.normalise import normalised


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("ＧＲＥＥＮ　Ｔｅａ １２３", "green tea 123"),
        ("ｱｲｽ", "アイス"),
        ("龍井茶葉禮盒，頭髮", "龙井茶叶礼盒,头发"),
        ("乾隆皇帝的乾燥機", "乾隆皇帝的干燥机"),  # a phrase in which the sign stays
        ("龙井茶叶礼盒", "龙井茶叶礼盒"),
        (None, ""),
    ],
)
def test_width_case_and_script_do_not_matter(written, plain):
    assert normalised(written) == plain


def test_normalising_twice_changes_nothing_more():
    text = "乾隆龍井 ＧＲＥＥＮ 後天裡外"
    assert normalised(normalised(text)) == normalised(text)
