"""Colours of code: of few languages, and for a bounded time, whatever the text."""

import html
import re
import time
from collections.abc import Iterator

import pytest

from blog.publishing import highlighting
from blog.publishing.highlighting import LANGUAGES, MAX_CHARACTERS, Highlighter
from blog.publishing.markdown import render

# What made lexers take the square of a text's length, or worse: runs after something that opens.
OPENERS = ["", '"', "'''", "/*", "<!--", "<a ", "${", "a "]
REPEATED = ["\n", "\t", " \n", "a", "0", "\\", '"\\', "a.", "a-", "\\#"]
# The issue's: each took from 11 to 40 seconds.
FOUND = [
    ("easytrieve", "\t" * 1800), ("gherkin", '" \n' * 5000), ("autoit", "\n" * 8000), ("fan", "a" * 16000),
    ("devicetree", "a-" * 10000), ("desktop", "0" * 20000), ("ragel-em", '"\\' * 10000), ("ini", '"' + "\t" * 19000),
    ("c", "a " + "\t\n" * 9000), ("console", "a::" * 6000),
]  # fmt: skip


def fenced(language: str, code: str) -> str:
    return f"````{language}\n{code}\n````"


def text_of(made: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", made))


@pytest.mark.parametrize(("language", "code"), FOUND, ids=[language for language, _ in FOUND])
def test_other_languages_stay_plain(language: str, code: str) -> None:
    assert "<span" not in render(fenced(language, code)).html


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_no_token_takes_long_to_find(language: str) -> None:
    """The longest step between two looks at the deadline, in the processor's time, at the greatest length."""
    from pygments.lexers import get_lexer_by_name

    lexer = get_lexer_by_name(language)
    for opener in OPENERS:
        for repeated in REPEATED:
            code = (opener + repeated * MAX_CHARACTERS)[:MAX_CHARACTERS]
            began = last = time.thread_time()
            for _ in lexer.get_tokens_unprocessed(code):
                now = time.thread_time()
                assert now - last < 0.5, (opener, repeated)
                last = now
                if now - began > 0.01:
                    break


def test_what_comes_after_the_deadline_stays_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    def clock() -> Iterator[float]:
        yield from [0.0] * 4
        while True:
            yield highlighting.SECONDS + 1

    monkeypatch.setattr(highlighting, "thread_time", clock().__next__)
    code = "def f(): return None\ndef g(): return f\n"
    made = render(fenced("python", code) + "\n\n" + fenced("python", "def h(): pass")).html
    assert 0 < made.count("<span") < 4
    assert text_of(made).split() == [*code.split(), "def", "h():", "pass"]


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_no_letter_is_lost(language: str) -> None:
    for code in ("a\n\n  b\n", "\n\na\n", "é '''\n<x>&amp;\n", "\t/* x\n", "   \n", "{\"a\": [1, 'b']}\n", "\ufeffx\n"):
        assert text_of(Highlighter().highlight(code, language, "")) in {code, ""}


def test_languages_have_all_their_names() -> None:
    for name in ("py", "python3", "js", "ts", "sh", "yml", "PYTHON", "html", "dockerfile"):
        assert "<span" in render(fenced(name, 'a = "x" # 1\n<a>if 1</a>\nFROM x')).html, name
