"""Writing a post in a real browser: preview, keys, publication, light and dark, on a phone."""

import pytest
from django.test import override_settings
from playwright.sync_api import expect

from blog.models import Post
from tests.blog.reading import read
from tests.blog.writing import word, write
from tests.browser.axe import violations
from tests.browser.conftest import LOOKS, OWN, NewPage
from tests.browser.desk import ADD, POSTS, note, save, sign_in
from tests.browser.payloads import PAYLOADS
from tests.live import LiveServer
from tests.media.uploading import jpeg, upload
from tests.personas import Persona
from tests.waiting import until


def test_a_post_from_its_title_to_its_readers(live_server: LiveServer, new_page: NewPage, pia: Persona) -> None:
    page = new_page()
    said = sign_in(page, live_server, pia, ADD)
    title = f"Four fields {word()}"
    page.get_by_label("Title").press_sequentially(title)
    slug = title.lower().replace(" ", "-")
    expect(page.locator("[name=slug]")).to_have_value(slug)
    page.locator("[name=body]").press_sequentially("Some *text*, five words.")
    frame = page.frame_locator("iframe[title=Preview]")
    expect(frame.locator("h1")).to_have_text(title)
    expect(frame.locator(".prose em")).to_have_text("text")
    expect(page.locator("[data-count]")).to_have_text("4 words, 1 min")
    page.get_by_label("Tags").fill("Web Design")
    expect(frame.locator("p.tags")).to_have_text("web-design")
    page.get_by_label("Summary").fill("In short.")
    expect(page.locator(".counter")).to_have_text("9 of 500 characters")
    page.get_by_label("Published: for everybody").check()
    save(page)
    assert Post.fetch((slug,)).html == "<p>Some <em>text</em>, five words.</p>\n"
    page.get_by_role("link", name="View on site").click()
    expect(page.locator("h1")).to_have_text(title)
    assert page.url == f"{live_server.url}/posts/{slug}/"
    assert said == []


def test_tags_are_offered_behind_whatever_comma_was_typed(
    live_server: LiveServer, new_page: NewPage, pia: Persona
) -> None:
    """A browser shows an offer that begins as the field does."""
    page, tag = new_page(**OWN), word()  # it may keep the tags that there are for a minute
    write(pia, tags=[tag])
    sign_in(page, live_server, pia, ADD)
    for typed in ("", "a, ", "a ,b,", "日本\u3001"):
        page.get_by_label("Tags").fill(typed)
        expect(page.locator(f'#tags-suggestions option[value="{typed}{tag}"]')).to_have_count(1)


def test_links_of_the_preview_lead_nowhere_and_losses_are_told(
    live_server: LiveServer, new_page: NewPage, pia: Persona
) -> None:
    page = new_page()
    body = "# Set it up\n[in](#set-it-up) [out](https://a.example/)\n\n![a map](map.png)"
    slug = write(pia, published_at=None, body=body)["slug"]
    said = sign_in(page, live_server, pia, f"{POSTS}{slug}/change/")
    frame = page.frame_locator("iframe[title=Preview]")
    for name in ("in", "out"):
        frame.locator(".prose").get_by_text(name, exact=True).click()
        expect(frame.locator(".prose h1")).to_have_text("Set it up")
    expect(frame.locator("a[href]")).to_have_count(0)
    expect(page.locator("[data-warnings]")).to_contain_text("a map")
    page.locator("[name=body]").fill("Nothing is lost.")
    expect(page.locator("[data-warnings]")).to_be_hidden()
    assert said == []


KEYS = [
    ("Control+b", "a b", (2, 3), "a **b**"), ("Control+b", "a **b**", (4, 5), "a b"),
    ("Control+b", "a **b**", (2, 7), "a b"),
    ("Control+b", "a b c", (1, 4), "a **b** c"), ("Control+b", "a\n\nb", (0, 4), "**a**\n\n**b**"),
    ("Control+b", "", (0, 0), "****"),
    ("Control+i", "a", (0, 1), "*a*"), ("Control+i", "**a**", (2, 3), "***a***"), ("Control+i", "*a*", (1, 2), "a"),
    ("Control+k", "a b", (0, 1), "[a](https://) b"), ("Control+k", "https://a.example/", (0, 18), "[](https://a.example/)"),
    ("Control+k", "", (0, 0), "[](https://)"),
    ("Heading", "a\nb", (3, 3), "a\n## b"), ("Heading", "# a", (1, 1), "a"),
    ("List", "a\n\nb\nc", (0, 4), "- a\n\n- b\nc"), ("List", "- a\n- b", (0, 7), "a\nb"),
    ("Numbered list", "a\nb", (0, 3), "1. a\n2. b"), ("Quote", "a\nb", (0, 3), "> a\n> b"),
    ("Code", "a b", (2, 3), "a `b`"), ("Code", "a\nb", (0, 3), "```\na\nb\n```\n"),
]  # fmt: skip


def test_the_toolbar_and_its_keys_format_what_is_selected(
    live_server: LiveServer, new_page: NewPage, pia: Persona
) -> None:
    page = new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    said = sign_in(page, live_server, pia, ADD)
    field = page.locator("[name=body]")
    expect(page.get_by_role("group", name="Formatting")).to_be_visible()  # its keys come with it
    for way, text, selection, wanted in KEYS:
        field.fill(text)
        field.evaluate("(field, selection) => field.setSelectionRange(...selection)", list(selection))
        if way.startswith("Control+"):
            field.press(way)
        else:
            page.get_by_role("group", name="Formatting").get_by_role("button", name=way, exact=True).click()
        assert field.input_value() == wanted, (way, text)
        field.press("Control+z")
        assert field.input_value() == text, (way, text)
    for key in ("и", "B"):
        field.fill("")
        field.dispatch_event("keydown", {"key": key, "code": "KeyB", "ctrlKey": True})
        assert field.input_value() == "****", key
    assert said == []


def test_a_key_saves(live_server: LiveServer, new_page: NewPage, pia: Persona) -> None:
    page, slug = new_page(), write(pia, published_at=None)["slug"]
    sign_in(page, live_server, pia, f"{POSTS}{slug}/change/")
    expect(page.get_by_role("group", name="Formatting")).to_be_visible()
    page.get_by_label("Title").fill("By a key")
    page.get_by_label("Title").press("Control+s")
    expect(page.locator(".messagelist .success").first).to_be_visible()
    expect(page).to_have_url(f"{live_server.url}{POSTS}{slug}/change/")
    assert Post.fetch((slug,)).title == "By a key"


# Counts how often the form would be sent, whatever stops it later.
SENT = """() => {
  globalThis.sent = 0;
  addEventListener("submit", (event) => { sent++; event.preventDefault(); }, true);
}"""


@pytest.mark.parametrize("keys", [["Control", "s"], ["Enter"]])
def test_a_key_that_is_held_sends_once(
    live_server: LiveServer, new_page: NewPage, pia: Persona, keys: list[str]
) -> None:
    page = new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    sign_in(page, live_server, pia, ADD)
    expect(page.get_by_role("group", name="Formatting")).to_be_visible()
    for name in ("slug", "title"):
        page.locator(f"[name={name}]").fill(word())
    page.locator("[name=body]").fill("Some text.")
    page.get_by_label("Title").focus()
    page.evaluate(SENT)
    for key in [*keys, keys[-1], keys[-1]]:
        page.keyboard.down(key)
    assert page.evaluate("sent") == 1


# How often a form is sent that is clicked twice, before an answer comes.
CLICKS = """() => {
  let sent = 0;
  addEventListener("submit", (event) => { sent++; event.preventDefault(); });
  for (let click = 0; click < 2; click++) document.querySelector("[name=_save]").click();
  return sent;
}"""


def test_a_second_click_does_not_send_a_post_again(live_server: LiveServer, new_page: NewPage, pia: Persona) -> None:
    page = new_page()
    sign_in(page, live_server, pia, ADD)
    expect(page.get_by_role("group", name="Formatting")).to_be_visible()
    page.get_by_label("Title").fill(word())
    assert page.evaluate(CLICKS) == 1


def test_each_line_is_typed_from_the_side_its_letters_run_from(
    live_server: LiveServer, new_page: NewPage, pia: Persona
) -> None:
    page = new_page()
    sign_in(page, live_server, pia, ADD)
    for field in ("title", "body", "summary", "tags", "author_name", "hero_1"):
        shown = page.locator(f"[name={field}]").evaluate("one => getComputedStyle(one).unicodeBidi")
        assert shown == "plaintext", field


def test_no_script_runs_in_the_preview(live_server: LiveServer, new_page: NewPage, pia: Persona) -> None:
    page = new_page()
    sign_in(page, live_server, pia, ADD)
    ran: list[str] = []
    page.on("dialog", lambda dialog: note(ran, dialog))
    frame = page.frame_locator("iframe[title=Preview]")
    for start in range(0, len(PAYLOADS), 60):
        page.get_by_label("Summary").fill(PAYLOADS[start][:200])
        page.locator("[name=body]").fill("\n\n".join(PAYLOADS[start : start + 60]))
        page.get_by_label("Title").fill(f"{PAYLOADS[start + 1][:150]} through {start}")
        expect(frame.locator("h1")).to_contain_text(f"through {start}")
        assert frame.locator("main script, main [onerror], main [onload], main iframe, main form").count() == 0
    assert ran == []


@override_settings(READS_PERCENT=100)
@pytest.mark.parametrize(("viewport", "scheme"), LOOKS)
def test_axe_finds_nothing_and_nothing_sticks_out(
    new_page: NewPage, live_server: LiveServer, pia: Persona, viewport: dict[str, int], scheme: str
) -> None:
    photo = upload(pia, jpeg((640, 480)), visibility="public")
    slug = write(pia, published_at=None, hero={"upload": photo["id"], "alt": "Fields"})["slug"]
    read(slug, 3, 2)
    page = new_page(viewport=viewport, color_scheme=scheme)
    said = sign_in(page, live_server, pia, POSTS)
    for path in (POSTS, f"{POSTS}{slug}/change/"):
        page.goto(live_server.url + path)
        expect(page.get_by_role("img", name="5 reads, most on").first).to_be_visible()
        if path != POSTS:
            expect(page.locator("[data-count]")).to_have_text("2 words, 1 min")
            expect(page.locator("[data-shown] img")).to_be_visible()
        assert said == [], path
        assert violations(page) == [], path
        # What axe itself does to look at frames and styles is refused, too, and no fault of the page.
        said.clear()
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], path


def test_the_list_is_filtered_and_changed_in_bulk(live_server: LiveServer, new_page: NewPage, pia: Persona) -> None:
    tag = word()
    posts = [write(pia, published_at=None, tags=[tag], title=f"Bulk {number}")["slug"] for number in range(3)]
    page = new_page()
    sign_in(page, live_server, pia, POSTS)
    page.locator(".typed-filter input[name=tag]").fill(tag)
    page.get_by_role("search", name="By tag").get_by_role("button", name="Show").click()
    page.get_by_role("link", name="Drafts with this tag").click()
    expect(page.locator("#result_list tbody tr")).to_have_count(3)
    page.locator("#action-toggle").check()
    page.select_option("select[name=action]", "publish")
    page.locator(".actions button").click()
    expect(page.locator(".messagelist .success")).to_have_text("Published 3 posts.")
    until(lambda: all(Post.fetch((slug,)).position for slug in posts), "publication")
