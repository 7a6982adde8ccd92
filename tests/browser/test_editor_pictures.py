"""Pictures of a post in a real browser: above it and in its text, uploaded, dropped, pasted and chosen again."""

import base64
import re

import pytest
from playwright.sync_api import Page, expect

from blog.models import Post
from tests.blog.writing import write
from tests.browser.axe import violations
from tests.browser.conftest import PHONE, NewPage
from tests.browser.desk import ADD, POSTS, save, sign_in
from tests.browser.todo_page import held
from tests.live import LiveServer
from tests.media.uploading import ask, jpeg, upload
from tests.personas import Persona, sign_up
from tests.pictures import encode, quarters

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
    page, photo = new_page(), ask(pia, jpeg(), visibility="public")
    slug = write(pia, published_at=None, hero={"upload": photo["id"], "alt": "Four fields"})["slug"]
    page.route(re.compile("/editor/uploads/.+/"), lambda route: route.fulfill(status=503))
    sign_in(page, live_server, pia, f"{POSTS}{slug}/change/")
    # What waits for the answer is done without it.
    expect(page.locator("[name=hero_1]")).to_have_attribute("required", "")


def test_a_colleagues_picture_is_in_the_preview(live_server: LiveServer, new_page: NewPage, pia: Persona) -> None:
    """Media tells nobody of somebody else's uploads."""
    colleague, page = sign_up("edith", "editors"), new_page()
    photo = upload(colleague, jpeg(), visibility="public")
    slug = write(colleague, published_at=None, hero={"upload": photo["id"], "alt": "Four fields"})["slug"]
    said = sign_in(page, live_server, pia, f"{POSTS}{slug}/change/")
    picture = page.frame_locator("iframe").locator("figure.hero img")
    expect(picture).to_have_attribute("alt", "Four fields")
    expect(picture).to_have_attribute("src", photo["renditions"][0]["jpeg"])
    expect(page.locator("[data-shown] img")).to_be_visible()
    assert said == []


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


def test_what_is_no_picture_is_said(live_server: LiveServer, new_page: NewPage, pia: Persona) -> None:
    page = new_page()
    sign_in(page, live_server, pia, ADD)
    bring(page, "[data-picture-field]", "drop", b"this is not a JPEG at all")
    expect(page.locator("[data-picture-field] [data-status]")).to_contain_text(
        re.compile("picture|image", re.IGNORECASE)
    )
    expect(page.locator("[name=hero_0]")).to_have_value("")
