"""Writing a post in a real browser: preview, pictures, publication, what is not saved, light and dark, on a phone."""

import base64
import re

import pytest
from django.test import override_settings
from playwright.sync_api import Dialog, Page, expect

from blog.models import Post
from tests.blog.admin.desk import Desk
from tests.blog.reading import read
from tests.blog.writing import change, word, write
from tests.browser.axe import violations
from tests.browser.conftest import LOOKS, PHONE, NewPage
from tests.browser.desk import POSTS, save, sign_in
from tests.browser.payloads import PAYLOADS
from tests.browser.todo_page import held
from tests.live import LiveServer
from tests.media.uploading import jpeg, upload
from tests.personas import Persona, sign_up
from tests.pictures import encode, quarters
from tests.waiting import until

ADD = f"{POSTS}add/"
DROP = """([selector, kind, name, content, type]) => {
  const bytes = Uint8Array.from(atob(content), (one) => one.charCodeAt(0)), transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, {type}));
  const options = kind === "paste" ? {clipboardData: transfer} : {dataTransfer: transfer};
  const event = kind === "paste" ? new ClipboardEvent(kind, {...options, bubbles: true, cancelable: true})
                                 : new DragEvent(kind, {...options, bubbles: true, cancelable: true});
  document.querySelector(selector).dispatchEvent(event);
}"""


def bring(
    page: Page, selector: str, kind: str, picture: bytes, name: str = "fields.jpg", type_: str = "image/jpeg"
) -> None:
    """Drop a picture on something, or paste it there."""
    expect(page.locator("[data-insert]")).to_be_visible()
    page.evaluate(DROP, [selector, kind, name, base64.b64encode(picture).decode(), type_])


def note(asked: list[str], dialog: Dialog) -> None:
    """What kind of a dialog it was; and say yes."""
    asked.append(dialog.type)
    dialog.accept()


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
    page.get_by_label("Summary").fill("In short.")
    expect(page.locator(".counter")).to_have_text("9 of 500 characters")
    page.get_by_label("Published: for everybody").check()
    save(page)
    assert Post.fetch((slug,)).html == "<p>Some <em>text</em>, five words.</p>\n"
    page.get_by_role("link", name="View on site").click()
    expect(page.locator("h1")).to_have_text(title)
    assert page.url == f"{live_server.url}/posts/{slug}/"
    assert said == []


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


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_its_picture_goes_straight_to_s3_and_is_described(
    live_server: LiveServer, new_page: NewPage, pia: Persona, kind: str
) -> None:
    page, slug = new_page(), write(pia, published_at=None)["slug"]
    said = sign_in(page, live_server, pia, f"{POSTS}{slug}/change/")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    bring(page, "[data-picture-field]", kind, jpeg((3000, 2000)))
    expect(page.locator("[data-shown] img")).to_be_visible()
    expect(page.locator("[name=hero_1]")).to_be_focused()
    assert any("uploads-" in url and live_server.url not in url for url in sent)
    page.click("input[name=_continue]")
    # Without a description the browser or the form says so, and nothing is lost.
    expect(page.get_by_text("Say what the picture shows").first).to_be_visible()
    page.locator("[name=hero_1]").fill("Four coloured fields")
    expect(page.frame_locator("iframe").locator("figure.hero img")).to_have_attribute("alt", "Four coloured fields")
    save(page)
    hero = Post.fetch((slug,)).hero
    assert (hero.alt, hero.status, len(hero.renditions)) == ("Four coloured fields", "ready", 3)
    page.get_by_role("button", name="Remove").click()
    save(page)
    assert "hero" not in Post.fetch((slug,)).serialize()
    assert said == []


def test_a_picture_on_its_way_is_waited_for(live_server: LiveServer, new_page: NewPage, pia: Persona) -> None:
    page, slug = new_page(), write(pia, published_at=None)["slug"]
    sign_in(page, live_server, pia, f"{POSTS}{slug}/change/")
    waiting = held(page, "**/editor/uploads/")
    bring(page, "[data-picture-field]", "drop", jpeg())
    status = page.locator("[data-picture-field] [data-status]")
    expect(status).to_have_text("Uploading fields.jpg…")
    page.click("input[name=_continue]")
    expect(status).to_contain_text("The picture is still on its way.")
    waiting.pop().continue_()
    page.locator("[name=hero_1]:focus").fill("Four fields")
    save(page)
    assert Post.fetch((slug,)).hero.alt == "Four fields"
    # Who does not want to wait does without it, above the post and in its text.
    bring(page, "[data-picture-field]", "drop", jpeg())
    expect(status).to_have_text("Uploading fields.jpg…")
    page.get_by_role("button", name="Remove").click()
    bring(page, "[name=body]", "drop", jpeg())
    page.locator("dialog[open]").get_by_role("button", name="Done").click()
    page.click("input[name=_continue]")
    expect(page.locator("[data-writing] [data-status]")).to_contain_text("A picture is still on its way.")
    page.locator("[name=body]").fill("No picture.")
    save(page)
    found = Post.fetch((slug,))
    assert found.body == "No picture."
    assert not found.hero


def test_whoever_types_while_a_picture_gets_ready_goes_on(
    live_server: LiveServer, new_page: NewPage, pia: Persona
) -> None:
    page = new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    sign_in(page, live_server, pia, ADD)
    waiting, status = held(page, "**/editor/uploads/"), page.locator("[data-picture-field] [data-status]")
    for name, said in (("body", "Now say what it shows."), ("hero_1", "Does this still say what it shows?")):
        bring(page, "[data-picture-field]", "drop", jpeg())
        expect(status).to_have_text("Uploading fields.jpg…")
        field = page.locator(f"[name={name}]")
        field.press_sequentially("Four")
        waiting.pop().continue_()
        expect(status).to_have_text(said)
        page.keyboard.type(" fields")
        expect(field).to_have_value("Four fields")


def test_a_picture_that_cannot_be_asked_for_is_asked_for_once(
    live_server: LiveServer, new_page: NewPage, pia: Persona
) -> None:
    page, photo = new_page(), upload(pia, jpeg(), visibility="public")
    slug = write(pia, published_at=None, hero={"upload": photo["id"], "alt": "Four fields"})["slug"]
    page.route(re.compile("/editor/uploads/.+/"), lambda route: route.fulfill(status=503))
    sign_in(page, live_server, pia, f"{POSTS}{slug}/change/")
    # What waits for the answer is done without it.
    expect(page.locator("[name=hero_1]")).to_have_attribute("required", "")


def test_a_photo_of_a_kind_the_browser_does_not_know_is_dropped(
    live_server: LiveServer, new_page: NewPage, pia: Persona
) -> None:
    page = new_page()
    sign_in(page, live_server, pia, ADD)
    bring(page, "[data-picture-field]", "drop", b"Some words.", "words.txt", "text/plain")
    expect(page.locator("[data-picture-field] [data-status]")).to_have_text("This is no picture.")
    bring(page, "[data-picture-field]", "drop", encode(quarters(), "HEIC"), "IMG_1.HEIC", "")
    expect(page.locator("[data-shown] img")).to_be_visible()


def test_a_picture_survives_a_connection_that_breaks(live_server: LiveServer, new_page: NewPage, pia: Persona) -> None:
    page = new_page()
    sign_in(page, live_server, pia, ADD)
    page.route(re.compile("/editor/uploads/.+/"), lambda route: route.abort(), times=1)
    bring(page, "[data-picture-field]", "drop", jpeg())
    expect(page.locator("[data-shown] img")).to_be_visible()
    # What can't be asked at all is told in words of people.
    page.route("**/editor/uploads/", lambda route: route.abort())
    bring(page, "[data-picture-field]", "drop", jpeg())
    expect(page.locator("[data-picture-field] [data-status]")).to_have_text("The connection broke. Try again.")


def test_pictures_in_the_text_stand_where_they_were_dropped(
    live_server: LiveServer, new_page: NewPage, pia: Persona
) -> None:
    page, slug = new_page(), write(pia, published_at=None, body="Before.[^1]\n\n[^1]: A note.")["slug"]
    said = sign_in(page, live_server, pia, f"{POSTS}{slug}/change/")
    bring(page, "[name=body]", "drop", jpeg(), "a [strange] name.jpg")
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("a [strange] name.jpg")
    dialog.get_by_label("What the picture shows").fill('A "field" & <more>')
    dialog.get_by_label("What the picture shows").press("Enter")
    text = page.locator("[name=body]")
    expect(text).to_have_value(re.compile(r'\n\n\[a-strange-name.jpg\]: http\S+jpg "1280x960"\n$'))
    assert '\n\n![A "field" \\& \\<more\\>][a-strange-name.jpg]\n\n' in text.input_value()
    image = page.frame_locator("iframe").locator(".prose img")
    expect(image).to_have_attribute("alt", 'A "field" & <more>')
    save(page)
    assert 'width="1280" height="960"' in Post.fetch((slug,)).html
    page.locator(".writing [data-pick]").click()
    page.get_by_role("button", name="a [strange] name.jpg").click()
    dialog.get_by_role("button", name="Done").click()
    expect(text).to_have_value(re.compile(r"!\[\]\[a-strange-name.jpg\]"))
    assert text.input_value().count("http") == 1
    assert said == []


def test_a_picture_uploaded_before_is_chosen(live_server: LiveServer, new_page: NewPage) -> None:
    page, person = new_page(viewport=PHONE), sign_up("pat", "publishers")
    for name in ("fields.jpg", "hills.jpg"):
        upload(person, jpeg(), visibility="public", name=name)
    upload(person, jpeg(), name="private.jpg")
    slug = write(person, published_at=None)["slug"]
    said = sign_in(page, live_server, person, f"{POSTS}{slug}/change/")
    picker = page.get_by_role("dialog", name="My pictures")
    asked, is_asked = held(page, "**/editor/uploads/?cursor="), re.compile(r"/editor/uploads/\?cursor=")
    with page.expect_request(is_asked):
        page.locator("[data-picture-field] [data-pick]").click()
    # Closed before there was an answer, and opened again.
    picker.get_by_role("button", name="Cancel").click()
    with page.expect_request(is_asked):
        page.locator("[data-picture-field] [data-pick]").click()
    for route in asked:
        with page.expect_response(is_asked):
            route.continue_()
    expect(picker.locator("li")).to_have_text(["hills.jpg", "fields.jpg"])
    assert violations(page) == []
    said.clear()
    picker.get_by_role("button", name="fields.jpg").click()
    expect(page.locator("[data-shown] img")).to_be_visible()
    expect(page.locator("[name=hero_1]")).to_be_focused()
    page.locator("[name=hero_1]").fill("Four fields")
    save(page)
    assert Post.fetch((slug,)).hero.alt == "Four fields"
    page.unroute("**/editor/uploads/?cursor=")
    page.locator("[data-picture-field] [data-pick]").click()
    picker.get_by_role("button", name="hills.jpg").click()
    expect(page.locator("[name=hero_1]")).to_be_focused()
    expect(page.locator("[data-picture-field] [data-status]")).to_have_text("Does this still say what it shows?")
    page.locator(".writing [data-pick]").click()
    picker.get_by_role("button", name="Cancel").click()
    expect(page.locator("[name=body]")).to_have_value("Some *text*.")
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


def test_what_is_no_picture_is_said(live_server: LiveServer, new_page: NewPage, pia: Persona) -> None:
    page = new_page()
    sign_in(page, live_server, pia, ADD)
    bring(page, "[data-picture-field]", "drop", b"this is not a JPEG at all")
    expect(page.locator("[data-picture-field] [data-status]")).to_contain_text(
        re.compile("picture|image", re.IGNORECASE)
    )
    expect(page.locator("[name=hero_0]")).to_have_value("")


def test_leaving_asks_and_a_closed_tab_loses_nothing(live_server: LiveServer, new_page: NewPage, pia: Persona) -> None:
    page, slug = new_page(), write(pia, published_at=None, title="As it was")["slug"]
    url = f"{live_server.url}{POSTS}{slug}/change/"
    sign_in(page, live_server, pia, f"{POSTS}{slug}/change/")
    # A browser asks only whoever has touched the page.
    page.locator("[name=body]").click()
    page.locator("[name=body]").fill("What I was about to write.")
    asked: list[str] = []
    page.on("dialog", lambda dialog: note(asked, dialog))
    page.goto(url)
    assert asked == ["beforeunload"]
    offer = page.get_by_role("region", name="Unsaved work")
    expect(offer).to_be_visible()
    expect(page.locator("[name=body]")).to_have_value("Some *text*.")
    other = page.context.new_page()
    page.close()
    other.goto(url)
    other.get_by_role("region", name="Unsaved work").get_by_role("button", name="Show it").click()
    expect(other.locator("[name=body]")).to_have_value("What I was about to write.")
    save(other)
    assert Post.fetch((slug,)).body == "What I was about to write."
    other.goto(url)
    expect(other.get_by_role("region", name="Unsaved work")).to_have_count(0)
    kept = other.evaluate("Object.keys(localStorage)")
    assert [key for key in kept if "post-draft" in key] == []


def test_unsaved_work_of_before_anothers_save_is_compared_with_it(
    live_server: LiveServer, new_page: NewPage, pia: Persona
) -> None:
    page, post = new_page(), write(pia, published_at=None)
    page.on("dialog", lambda dialog: dialog.accept())
    sign_in(page, live_server, pia, f"{POSTS}{post['slug']}/change/")
    expect(page.get_by_role("group", name="Formatting")).to_be_visible()
    page.locator("[name=body]").fill("Mine.")
    page.wait_for_function(IS_KEPT, arg="Mine.")
    change(pia, post, summary="Theirs.")
    page.reload()
    page.get_by_role("region", name="Unsaved work").get_by_role("button", name="Show it").click()
    page.click("input[name=_continue]")
    expect(page.locator(".errornote")).to_be_visible()
    expect(page.locator("[name=body]")).to_have_value("Mine.")
    expect(page.locator("[name=summary]")).to_have_value("Theirs.")
    assert Post.fetch((post["slug"],)).summary == "Theirs."


def test_what_was_typed_into_a_post_that_was_deleted_is_offered_once_it_is_back(
    live_server: LiveServer, new_page: NewPage, pia: Persona
) -> None:
    page, post = new_page(), write(pia, published_at=None)
    sign_in(page, live_server, pia, f"{POSTS}{post['slug']}/change/")
    expect(page.get_by_role("group", name="Formatting")).to_be_visible()
    page.locator("[name=body]").fill("A long text.")
    desk = Desk(person=pia)
    desk.post(
        f"{POSTS}{post['slug']}/delete/", {"post": "yes", "seen": desk.form(f"{POSTS}{post['slug']}/change/")["seen"]}
    )
    page.click("input[name=_save]")
    expect(page.locator(".messagelist")).to_contain_text("Bring it back")
    page.locator("tr", has_text=post["title"]).get_by_role("button", name="Bring back").click()
    page.get_by_role("region", name="Unsaved work").get_by_role("button", name="Show it").click()
    expect(page.locator("[name=body]")).to_have_value("A long text.")


IS_KEPT = "(words) => Object.values(localStorage).some((one) => one.includes(words))"


def test_new_posts_in_two_tabs_are_kept_apart(live_server: LiveServer, new_page: NewPage, pia: Persona) -> None:
    page = new_page()
    sign_in(page, live_server, pia, ADD)
    tabs = [page, page.context.new_page()]
    tabs[1].goto(live_server.url + ADD)
    for number, tab in enumerate(tabs):
        expect(tab.get_by_role("group", name="Formatting")).to_be_visible()
        tab.get_by_label("Title").press_sequentially("A title")
        tab.locator("[name=slug]").fill("my-own")
        tab.locator("[name=body]").fill(f"Post {number}.")
        tab.wait_for_function(IS_KEPT, arg=f"Post {number}.")
    last = page.context.new_page()
    for tab in tabs:
        tab.close()
    last.goto(live_server.url + ADD)
    offers = last.get_by_role("region", name="Unsaved work")
    expect(offers).to_have_count(2)
    texts = set()
    for left in (1, 0):
        offers.first.get_by_role("button", name="Show it").click()
        expect(offers).to_have_count(left)
        texts.add(last.locator("[name=body]").input_value())
    assert texts == {"Post 0.", "Post 1."}
    last.get_by_label("Title").press("End")
    last.get_by_label("Title").press_sequentially("!")
    expect(last.locator("[name=slug]")).to_have_value("my-own")
    # To look at one does not throw the other away.
    last.on("dialog", lambda dialog: dialog.accept())
    last.reload()
    expect(offers).to_have_count(2)


def test_what_was_sent_and_got_lost_is_kept_whatever_else_is_saved(
    live_server: LiveServer, new_page: NewPage, pia: Persona
) -> None:
    page, (lost, other) = new_page(), (write(pia, published_at=None)["slug"] for _ in range(2))
    page.on("dialog", lambda dialog: dialog.accept())
    sign_in(page, live_server, pia, f"{POSTS}{lost}/change/")
    expect(page.get_by_role("group", name="Formatting")).to_be_visible()
    page.locator("[name=body]").fill("What got lost.")
    page.route(f"**/{lost}/change/", lambda route: route.abort())
    with page.expect_event("requestfailed", lambda request: request.method == "POST"):
        page.evaluate("document.querySelector('[name=_save]').click()")
    page.unroute(f"**/{lost}/change/")
    page.goto(f"{live_server.url}{POSTS}{other}/change/")
    page.get_by_label("Title").fill("Saved")
    save(page)
    page.goto(f"{live_server.url}{POSTS}{lost}/change/")
    page.get_by_role("region", name="Unsaved work").get_by_role("button", name="Show it").click()
    expect(page.locator("[name=body]")).to_have_value("What got lost.")


def kept(page: Page) -> list[str]:
    """Names and values of what the browser keeps, but for what Django itself remembers of its looks."""
    script = "Object.entries(localStorage).filter(([key]) => !/^(theme|django)/.test(key)).flat()"
    found: list[str] = page.evaluate(script)
    return found


def test_unsaved_work_is_its_writers_and_goes_when_they_sign_out(
    live_server: LiveServer, new_page: NewPage, pia: Persona
) -> None:
    page, slug = new_page(), write(pia, published_at=None)["slug"]
    url = f"{live_server.url}{POSTS}{slug}/change/"
    page.on("dialog", lambda dialog: dialog.accept())
    sign_in(page, live_server, pia, f"{POSTS}{slug}/change/")
    other = page.context.new_page()
    other.on("dialog", lambda dialog: dialog.accept())
    other.goto(url)
    for one in (page, other):
        one.locator("[name=body]").click()
        one.locator("[name=body]").fill("For my eyes only.")
    until(lambda: any("For my eyes only." in one for one in kept(page)), "the browser's copy")
    page.locator("#logout-form button").click()
    expect(page.get_by_text("You are signed out")).to_be_visible()
    assert kept(page) == []
    # What a page that was open meanwhile has typed into it, or leaves behind when it is closed, is not kept either.
    other.locator("[name=body]").press_sequentially(" Nobody else's.")
    other.goto(f"{live_server.url}/admin/signed-out/")
    assert kept(page) == []
    sign_in(page, live_server, sign_up("ed", "editors"), f"{POSTS}{slug}/change/")
    expect(page.locator("[data-count]")).to_have_text("2 words, 1 min")
    expect(page.get_by_role("region", name="Unsaved work")).to_have_count(0)


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
    photo = upload(pia, jpeg(), visibility="public")
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
