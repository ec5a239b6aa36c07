import pytest

from ml.text.fields import split_keywords


@pytest.mark.parametrize(
    ("field", "text", "keywords"),
    [
        (
            "keywords",
            "green tea，龙井、乌龙;红茶；普洱|白茶,  黑茶 ",
            ["green tea", "龙井", "乌龙", "红茶", "普洱", "白茶", "黑茶"],
        ),
        ("keywords", "\"black, strong\", “一、二”，'x y'\n「茶」", ["black, strong", "一、二", "x y", "茶"]),
        ("keywords", "men's shoes, \"half, open", ["men's shoes", '"half', "open"]),
        ("keywords", "tea, ，, tea,", ["tea"]),
        ("search", '龙井 绿茶　"green tea" men\'s', ["龙井", "绿茶", "green tea", "men's"]),
        ("category", "Tea > Green tea, loose", ["Tea", "Green tea, loose"]),
        ("brand", "Marks, Spencer & Co", ["Marks, Spencer & Co"]),
        ("brand", " “Tea  Home” ", ["Tea Home"]),
        ("brand", None, []),
    ],
)
def test_a_field_is_parted_by_its_own_signs(field, text, keywords):
    assert split_keywords(text, field) == keywords
