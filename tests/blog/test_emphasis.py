"""What is bold, slanted or struck out in languages that have no space behind a word."""

import pytest

from blog.publishing.markdown import render


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("これは**「引用」**です", "これは<strong>「引用」</strong>です"),
        ("**重要。**次に", "<strong>重要。</strong>次に"),
        ("这是*《例》*吗", "这是<em>《例》</em>吗"),
        ('그는 **"예"**라고', '그는 <strong>"예"</strong>라고'),
        ("~~「旧」~~は", "<s>「旧」</s>は"),
        ("これは***「二つ」***です", "これは<em><strong>「二つ」</strong></em>です"),
        ("[**「引用」**](#a)です", '<a href="#a"><strong>「引用」</strong></a>です'),
        ("これは `**「コード」**` です", "これは <code>**「コード」**</code> です"),
        # As CommonMark has it.
        ("a**(b)**c", "a**(b)**c"),
        ("これは ** 「空白」 ** です", "これは ** 「空白」 ** です"),
        ("日本_「語」_です", "日本_「語」_です"),
        (r"これは\*\*「引用」\*\*です", "これは**「引用」**です"),
    ],
)
def test_marks_beside_brackets_and_full_stops(text: str, html: str) -> None:
    assert render(text).html == f"<p>{html}</p>\n"
