"""A text nobody can see is refused, and a domain is read as browsers read it."""

import sys
import unicodedata

import pytest
from django.core.exceptions import ValidationError

from rest.text import VISIBLE, ascii_domain
from tests.personas import Persona

# Default_Ignorable_Code_Point of Unicode's DerivedCoreProperties.txt, beside those of category Cf.
IGNORABLE = [0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x2065, 0x3164, *range(0xFE00, 0xFE10),
             0xFFA0, *range(0xFFF0, 0xFFF9), *range(0xE0000, 0xE1000)]  # fmt: skip


def is_refused(text: str) -> bool:
    try:
        VISIBLE(text)
    except ValidationError:
        return True
    return False


def test_it_goes_by_unicodes_categories() -> None:
    unseen = {chr(code) for code in IGNORABLE} | {"\u2800"}
    unseen |= {
        each
        for each in map(chr, range(sys.maxunicode + 1))
        if unicodedata.category(each) in {"Cc", "Cf", "Zs", "Zl", "Zp"}
    }
    assert [hex(ord(each)) for each in sorted(unseen) if not is_refused(each)] == []
    letters = (each for each in map(chr, range(0x30000)) if unicodedata.category(each)[0] in "LNPSM")
    assert [hex(ord(each)) for each in letters if each not in unseen and is_refused(each)] == []


@pytest.mark.parametrize("text", ["", " ", "\u2060\u00ad", "\u3164", "\u2028", "\u1680 \t", "\u200d\ufe0f", "a\0"])
def test_a_text_nobody_sees_is_refused(text: str) -> None:
    assert is_refused(text)


@pytest.mark.parametrize("text", ["a", " a ", "\u2060日本", "👩\u200d🚀", "\u00ad-", "ـ", "𐍈"])
def test_any_other_is_taken(text: str) -> None:
    assert not is_refused(text)


@pytest.mark.parametrize("title", ["\u2060", "\u00ad", "\u3164", "\u2028", "\u1680", "\u2800", "\U000e0020"])
def test_no_title_is_unseen(title: str, alice: Persona, edith: Persona) -> None:
    for answer in (
        alice.api.post("/api/todos/", {"title": title}),
        alice.api.post("/api/todos/", {"title": "A", "tags": [title]}),
        edith.api.post("/api/blog/posts/", {"title": title}),
    ):
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "blank")


@pytest.mark.parametrize(
    ("domain", "ascii_form"),
    [
        ("Example.COM", "example.com"),
        ("straße.example", "xn--strae-oqa.example"),
        ("faß.de", "xn--fa-hia.de"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("βόλος.example", "xn--nxasmm1c.example"),
        ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
        ("xn--strae-oqa.example", "xn--strae-oqa.example"),
    ],
)
def test_a_domain_is_read_by_idna_2008(domain: str, ascii_form: str) -> None:
    assert ascii_domain(domain) == ascii_form


@pytest.mark.parametrize(
    "domain", ["\u2060", "a\u200bb..example", "xn--a.example", "☃.example", "-é.example", "é" * 70]
)
def test_what_is_no_domain_says_so(domain: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        ascii_domain(domain)
