"""Links in Markdown: bare addresses, headings they lead to, and whose addresses they are."""

import re
from urllib.parse import unquote

import pytest
from django.test import Client

from blog.publishing.markdown import is_own, render
from tests.blog.test_markdown import OWN
from tests.blog.writing import write
from tests.personas import Persona


@pytest.mark.parametrize("url", ["/a", "#a", "https://blog.example/a"])
def test_own_addresses(url: str) -> None:
    assert is_own(url, OWN)


@pytest.mark.parametrize(
    "url",
    [
        "//x",
        "/\\x",
        "/\t/x",
        "https://blog.example.evil.example/",
        "https://blog.example@evil.example/",
        "http://blog.example/",
        "x:y",
    ],
)
def test_other_addresses(url: str) -> None:
    assert not is_own(url, OWN)


@pytest.mark.parametrize(
    ("text", "shown", "target"),
    [
        ("see https://a.example/b?c=d.", "https://a.example/b?c=d", "https://a.example/b?c=d"),
        ("(http://a.example/b_(c))", "http://a.example/b_(c)", "http://a.example/b_(c)"),
        ("www.a.example, and", "www.a.example", "http://www.a.example"),
        ("write to ann.b+c@a.example!", "ann.b+c@a.example", "mailto:ann.b+c@a.example"),
        ("**https://a.example**", "https://a.example", "https://a.example"),
        ("https://a.example/a_b_c", "https://a.example/a_b_c", "https://a.example/a_b_c"),
        ("看 https://a.example/b\uff0c然后", "https://a.example/b", "https://a.example/b"),
        ("“See https://a.example/b”", "https://a.example/b", "https://a.example/b"),
    ],
)
def test_bare_addresses_are_links(text: str, shown: str, target: str) -> None:
    found = re.findall(r'<a href="([^"]*)" rel="nofollow noopener">([^<]*)</a>', render(text).html)
    assert found == [(target, shown)]


@pytest.mark.parametrize(
    "text",
    [
        "`https://a.example`",
        "xhttp://a.example",
        "a@b",
        "http://",
        "www.",
        "http://a_b.example",
        "ftp://a.example",
        "@a.b",
    ],
)
def test_what_only_looks_like_an_address_is_text(text: str) -> None:
    assert "<a" not in render(text).html


def test_an_address_inside_a_link_is_its_text() -> None:
    for text in ("[at https://a.example](/x/)", '<a href="/x/">https://a.example</a>'):
        assert re.findall("<a [^>]*>", render(text).html) == ['<a href="/x/">']


def test_links_lead_to_headings() -> None:
    made = render(
        "[a](#set-it-up) [b](#setup) [c](#setup-1) [d](#Grüße) [e](#none)\n# Set it up\n# Setup\n# Setup\n# Grüße"
    ).html
    ids, targets = re.findall('<h1 id="([^"]*)"', made), re.findall('<a href="#([^"]*)"', made)
    assert ids == ["set-it-up", "h-setup", "setup-1", "h-grüße"]
    assert [unquote(target) for target in targets] == [*ids, "none"]


def test_headings_that_differ_by_a_vowel_sign_have_ids_of_their_own() -> None:
    made = render("[a](#का) [b](#हिन्दी-में)\n# की\n# का\n# हिन्दी में").html
    assert re.findall(r'id="([^"]+)"', made) == ["h-की", "h-का", "हिन्दी-में"]
    assert [unquote(link) for link in re.findall(r'href="#([^"]+)"', made)] == ["h-का", "हिन्दी-में"]


def test_no_heading_takes_an_id_of_the_page(edith: Persona) -> None:
    post = write(edith, body="# Content\n# Subscribe heading\n# Footer email\n")
    made = Client().get(f"/posts/{post['slug']}/").content.decode()
    ids = re.findall(r'\sid="([^"]*)"', made)
    assert len(ids) == len(set(ids))
