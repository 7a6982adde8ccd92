"""MyBlog in a real browser: light, private, readable by everybody, and deaf to scripts."""

import itertools
import re
from typing import Literal
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from blog import services
from blog.publishing.markdown import render
from blog.uploads import MediaUploads
from dynamo.models import now
from tests.blog.test_markdown import OWN, dangers
from tests.blog.writing import at, word, write
from tests.browser.axe import violations
from tests.browser.conftest import DESKTOP, LOOKS, PHONE, NewPage
from tests.browser.payloads import PAYLOADS
from tests.live import LiveServer
from tests.media.uploading import jpeg, upload
from tests.personas import Persona, sign_up
from tests.waiting import until

BODY = """
Words enough for a paragraph, `code` and a [link](https://example.com/), with a note[^1].

## A heading

```python
def answer() -> int:  # a line that is long enough to be scrolled on any telephone of the year, and then some more of it
    return 42
```

| What | How many | How long | How much |
|------|---------:|---------:|---------:|
| Long words in the first column | 1 | 2 | 3 |

> Quoted.

1. One
2. Two

![Elsewhere](https://elsewhere.example/x.png)

[^1]: The note.
"""


@pytest.fixture(scope="module")
def editor() -> Persona:
    """Writes what these tests look at."""
    return sign_up("edith", "publishers")


@pytest.fixture(scope="module")
def paths(editor: Persona) -> dict[str, str]:
    """One page of each kind."""
    tag, photo = word(), upload(editor, jpeg(), visibility="public")
    hero = {"upload": photo["id"], "alt": "Four coloured fields"}
    named = {"author_name": "Edith Wren", "tags": [tag], "summary": "What it is about, in a sentence."}
    plain = write(editor, title="A title of some length, to see how it breaks", body=BODY, **named)
    write(editor, **named, published_at=at(hours=-3), hero=hero)
    pictured = write(editor, **named, body=BODY, hero=hero, published_at=at(hours=-2))
    return {
        "home": "/", "post": f"/posts/{plain['slug']}/", "photo": f"/posts/{pictured['slug']}/", "tags": "/tags/",
        "tag": f"/tags/{tag}/", "author": f"/authors/edith-wren/{editor.sub}/", "archive": "/archive/",
        "year": f"/archive/{plain['published_at'][:4]}/", "search": f"/search/?q={tag}", "about": "/about/",
        "subscribe": "/subscribe/", "missing": "/nothing/",
    }  # fmt: skip


def test_no_long_word_scrolls_the_page_sideways(live_server: LiveServer, new_page: NewPage, editor: Persona) -> None:
    long = "x" * 90
    body = f"<details open><summary>{long}</summary>{long}</details>\n\n<dl><dt>{long}</dt><dd>{long}</dd></dl>"
    hero = {"upload": upload(editor, jpeg(), visibility="public")["id"], "alt": "Four coloured fields"}
    post = write(editor, title=long, summary=long, author_name=long, body=body, tags=["y" * 40], hero=hero)
    page = new_page()
    for path, width in itertools.product(("/", f"/posts/{post['slug']}/", "/archive/"), (375, 1280)):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"{live_server.url}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.parametrize(("viewport", "scheme"), LOOKS)
def test_axe_finds_nothing_and_nothing_sticks_out(
    new_page: NewPage,
    live_server: LiveServer,
    paths: dict[str, str],
    viewport: dict[str, int],
    scheme: str,
) -> None:
    page = new_page(viewport=viewport, color_scheme=scheme)
    for path in paths.values():
        page.goto(live_server.url + path)
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], path


def test_it_can_be_read_at_320_pixels_and_with_large_letters(
    new_page: NewPage, live_server: LiveServer, paths: dict[str, str]
) -> None:
    page = new_page(viewport={"width": 320, "height": 640})
    for path in paths.values():
        page.goto(live_server.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, f"{path} in large letters"


def test_a_post_is_light_and_asks_nobody_else(
    new_page: NewPage, live_server: LiveServer, paths: dict[str, str]
) -> None:
    page, sizes, said = new_page(), dict[str, int](), list[str]()
    page.on("response", lambda answer: sizes.update({answer.url: len(answer.body())}))
    page.on("console", lambda message: said.append(message.text))
    page.goto(live_server.url + paths["post"], wait_until="networkidle")
    assert all(url.startswith(f"{live_server.url}/") for url in sizes)
    assert len(sizes) < 15
    assert sum(sizes.values()) < 60_000
    assert page.context.cookies() == []
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.scripts.length]") == [0, 0, 1]
    assert said == []


def test_pictures_come_from_us_in_the_size_that_fits(
    new_page: NewPage, live_server: LiveServer, paths: dict[str, str]
) -> None:
    for viewport, size in ((PHONE, "640."), (DESKTOP, "1280.")):
        page = new_page(viewport=viewport)
        page.goto(live_server.url + paths["photo"], wait_until="networkidle")
        picture = page.locator("figure img")
        assert size + "webp" in picture.evaluate("(img) => img.currentSrc")
        assert picture.evaluate("(img) => img.naturalWidth") > 0


def test_it_can_be_read_without_scripts_and_subscribed_to(
    new_page: NewPage, live_server: LiveServer, paths: dict[str, str]
) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(live_server.url + paths["post"])
    expect(page.locator(".prose")).to_contain_text("Words enough for a paragraph")
    page.get_by_label("Your email address").fill(f"{word()}@example.com")
    page.get_by_role("button", name="Subscribe").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")


def test_a_wrong_address_is_said_next_to_the_field(new_page: NewPage, live_server: LiveServer) -> None:
    page = new_page()
    page.goto(f"{live_server.url}/subscribe/")
    # A browser finds most wrong addresses itself, but not this one.
    page.get_by_label("Your email address").fill("reader@example")
    page.get_by_role("button", name="Subscribe").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Your email address")).to_have_value("reader@example")
    assert violations(page) == []


def test_a_keyboard_is_enough(new_page: NewPage, live_server: LiveServer, paths: dict[str, str]) -> None:
    page = new_page()
    page.goto(live_server.url + paths["tag"])

    def focused() -> str:
        page.keyboard.press("Tab")
        return str(page.evaluate("document.activeElement.textContent.trim()"))

    names = [focused() for _ in range(6)]
    assert names == ["Skip to the text", "MyBlog", "Archive", "Tags", "About", "Search"]
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.goto(live_server.url + paths["post"])
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    assert page.url.endswith("#content")
    assert focused() == "Edith Wren"


def test_it_follows_the_readers_scheme_and_prints_on_white(
    new_page: NewPage, live_server: LiveServer, paths: dict[str, str]
) -> None:
    page = new_page(color_scheme="dark")
    page.goto(live_server.url + paths["post"])

    def brightness(of: str) -> float:
        colour = page.evaluate("(of) => getComputedStyle(document.body)[of]", of)
        return sum(float(part) for part in re.findall(r"[\d.]+", colour)[:3]) / 3

    assert brightness("backgroundColor") < 60 < 180 < brightness("color")
    page.emulate_media(color_scheme="light")
    assert brightness("color") < 60 < 180 < brightness("backgroundColor")
    page.emulate_media(media="print", color_scheme="dark")
    assert brightness("color") == 0
    for hidden in ("header nav", "footer.site", ".beside"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.locator(".prose")).to_be_visible()


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_pages_fade_into_each_other_but_for_who_wants_less_motion(
    new_page: NewPage, live_server: LiveServer, motion: Literal["no-preference", "reduce"]
) -> None:
    page = new_page(reduced_motion=motion)
    page.add_init_script("addEventListener('pagereveal', (event) => { window.fades = Boolean(event.viewTransition); })")

    def fades() -> bool:
        page.goto(f"{live_server.url}/about/")
        page.get_by_role("link", name="Archive").click()
        page.wait_for_url("**/archive/")
        until(lambda: page.evaluate("'fades' in window"), "the page's first frame")
        return bool(page.evaluate("window.fades"))

    if motion == "reduce":
        assert not fades()
    else:
        until(fades, "a transition, which a browser that is busy may leave out")


def test_hebrew_runs_from_the_right_and_latin_from_the_left(
    new_page: NewPage, live_server: LiveServer, editor: Persona
) -> None:
    hebrew = "שלום עולם."
    post = write(editor, title=hebrew, summary=hebrew, body=f"{hebrew}\n\nHello world.\n\n- {hebrew}")
    page = new_page(viewport=PHONE)
    page.goto(f"{live_server.url}/posts/{post['slug']}/")
    # Where the first letter is and the full stop behind the last, and which side the line begins at.
    runs = """(element) => {
        const range = document.createRange(), [text] = [...element.childNodes].filter((one) => one.data?.trim());
        const place = (at) => {
            range.setStart(text, at);
            range.setEnd(text, at + 1);
            return range.getBoundingClientRect();
        };
        const box = element.getBoundingClientRect(), first = place(0), last = place(text.data.trim().length - 1);
        return [first.left > last.left, first.left - box.left > box.right - first.right];
    }"""
    for selector in ("h1", "header .summary", ".prose p:first-child", ".prose li"):
        assert page.locator(selector).first.evaluate(runs) == [True, True], selector
    assert page.locator(".prose p:nth-child(2)").evaluate(runs) == [False, False]


def test_lists_quotes_and_tables_of_a_hebrew_text_run_from_the_right_and_code_from_the_left(
    new_page: NewPage, live_server: LiveServer, editor: Persona
) -> None:
    hebrew = "שלום עולם"
    body = f"{hebrew} `a();`\n\n1. {hebrew}\n\n> {hebrew}\n\n| {hebrew} | b |\n|---|---|\n\n```\nx = 1;\n```"
    page = new_page(viewport=PHONE)
    page.goto(f"{live_server.url}/posts/{write(editor, body=body)['slug']}/")
    # On which side there is room for numbers and the line of a quote, and which column is the first.
    room = """(inner) => {
        const box = inner.getBoundingClientRect(), around = inner.parentElement.getBoundingClientRect();
        return around.right - box.right > box.left - around.left;
    }"""
    for selector in ("ol > li", "blockquote > p"):
        assert page.locator(f".prose {selector}").evaluate(room), selector
    first, second = page.locator(".prose th").evaluate_all("all => all.map(one => one.getBoundingClientRect().left)")
    assert first > second
    assert page.locator(".prose code").evaluate_all("all => all.map(one => getComputedStyle(one).direction)") == [
        "ltr",
        "ltr",
    ]


def test_columns_of_tables_are_aligned_as_they_were_written(
    new_page: NewPage, live_server: LiveServer, editor: Persona
) -> None:
    """A column of numbers from the right, and without a word about it from where its text begins, in Arabic too."""
    table = "| What | How many | Where | متى |\n|---|---:|:--:|---|\n| A field | 12 | Here | اليوم |"
    post = write(editor, body=table)
    page = new_page()
    page.goto(f"{live_server.url}/posts/{post['slug']}/")
    for cells in ("th", "td"):
        found = page.locator(f".prose {cells}").evaluate_all("all => all.map(one => getComputedStyle(one).textAlign)")
        assert [one.removeprefix("-webkit-") for one in found] == ["start", "right", "center", "start"], cells


def test_paper_has_what_is_scrolled_or_opened_on_a_screen(
    new_page: NewPage, live_server: LiveServer, editor: Persona
) -> None:
    wide = "".join(f"{row}\n" for row in ("| What it is called " * 8, "|---" * 8, "| Some words " * 8))
    post = write(editor, body=f"{wide}\n<details><summary>More</summary>\n\nFolded away.\n\n</details>")
    # As wide as A4 is between its margins.
    page = new_page(viewport={"width": 640, "height": 900})
    page.goto(f"{live_server.url}/posts/{post['slug']}/")
    page.emulate_media(media="print")
    inner, outer = page.evaluate("[document.querySelector('table').scrollWidth, document.body.clientWidth]")
    assert inner <= outer
    assert page.evaluate("document.querySelector('details p').checkVisibility({contentVisibilityAuto: true})")


# --- Scripts ------------------------------------------------------------------------------------------------------

WATCH = """
window.ran = [];
window.alert = window.confirm = window.prompt = (what) => window.ran.push(`ran ${what}`);
document.addEventListener('securitypolicyviolation', (e) => window.ran.push(`${e.violatedDirective} ${e.blockedURI}`));
"""
# Addresses that are code. Browsers pass over white space and control characters in them.
CODE = re.compile(r"[\s\0-\x1f]*(javascript|vbscript|data|blob):", re.IGNORECASE)


@pytest.fixture
def watched(new_page: NewPage) -> Page:
    """Notes whatever runs, and whatever the policy had to stop."""
    page = new_page()
    page.add_init_script(WATCH)
    return page


def assert_silent(page: Page, url: str) -> None:
    page.goto(url)
    # What waits for the pointer or the focus gets it.
    page.evaluate(
        """() => { for (const one of document.querySelectorAll('main *')) {
            for (const kind of ['mouseover', 'pointerenter', 'focus']) one.dispatchEvent(new Event(kind));
        } }"""
    )
    assert page.evaluate("window.ran") == [], url
    addresses = "[...document.querySelectorAll('[href],[src],[action]')].map(e => e.href || e.src || e.action)"
    for address in page.evaluate(addresses):
        assert not CODE.match(str(address)), (url, address)


def test_no_payload_gets_through_into_a_text() -> None:
    assert len(PAYLOADS) > 200
    for payload in PAYLOADS:
        found = dangers(render(f"{payload}\n\nThe end.", OWN).html)
        # References in an address that are text there: the inspector reads them once more, a browser doesn't.
        assert [each for each in found if not each.startswith("&#")] == [], payload


@pytest.mark.parametrize("payloads", [PAYLOADS[::12], pytest.param(PAYLOADS, marks=pytest.mark.prove)], ids=len)
def test_no_payload_runs_wherever_it_is_written(
    watched: Page, live_server: LiveServer, editor: Persona, payloads: list[str]
) -> None:
    """Each payload as title, summary, name and text of a post; on its page, in lists, feeds and search."""
    photo = upload(editor, jpeg(), visibility="public")
    for payload in payloads:
        post = services.create_post(
            author=editor.sub,
            uploads=MediaUploads(f"Bearer {editor.access_token}"),
            may_publish=True,
            values={
                "title": payload, "slug": word(), "summary": payload, "author_name": payload[:100],
                "body": f"{payload}\n\nThe end.",
                "tags": ["payload"], "hero": {"upload": photo["id"], "alt": payload},
                "published_at": now(),
            },
        )  # fmt: skip
        assert_silent(watched, f"{live_server.url}/posts/{post.slug}/")
        expect(watched.locator(".prose")).to_be_attached()
        expect(watched.locator("footer.site")).to_be_visible()
    for path in ("/", "/archive/", "/tags/payload/", "/tags/", "/search/?q=alert"):
        assert_silent(watched, live_server.url + path)


@pytest.mark.parametrize("payloads", [PAYLOADS[::30], pytest.param(PAYLOADS, marks=pytest.mark.prove)], ids=len)
def test_no_payload_runs_out_of_an_address(watched: Page, live_server: LiveServer, payloads: list[str]) -> None:
    for payload in payloads:
        assert_silent(watched, f"{live_server.url}/search/?q={quote(payload)}")
        assert_silent(watched, f"{live_server.url}/posts/{quote(payload, safe='')}/")
