"""The rest of the admin in a real browser: history, search, subscribers, uploads and failed events, in every look."""

import csv
import uuid
from pathlib import Path

import pytest
from playwright.sync_api import expect

from blog import search
from blog.models import Post, Subscriber, Welcome
from dynamo.errors import DoesNotExist
from tests.accounts.test_failures import put, unknown
from tests.blog.writing import word, write
from tests.browser.axe import violations
from tests.browser.conftest import LOOKS, PHONE, NewPage
from tests.browser.desk import POSTS, sign_in
from tests.live import LiveServer
from tests.media.uploading import jpeg, upload
from tests.personas import Persona, sign_up
from tests.waiting import until

SUBSCRIBERS, UPLOADS, FAILURES = "/admin/blog/subscriber/", "/admin/media/upload/", "/admin/failures/"


@pytest.fixture(scope="module")
def ada() -> Persona:
    """May do everything."""
    return sign_up("ada", "admins")


def subscribe(name: str = "reader") -> str:
    """A subscriber who has been welcomed."""
    email = f"{name}_{uuid.uuid4().hex[:12]}@example.com"
    Subscriber.subscribe(email)
    until(lambda: Subscriber.fetch((email,)).status == Welcome.SENT, "the welcome")
    return email


def test_an_earlier_version_is_restored_and_a_deleted_post_brought_back(
    live_server: LiveServer, new_page: NewPage, ada: Persona
) -> None:
    page, slug = new_page(), write(ada, title="First title", published_at=None)["slug"]
    sign_in(page, live_server, ada, f"{POSTS}{slug}/change/")
    for title in ("Second title", "Third title"):
        page.get_by_label("Title").fill(title)
        page.click("input[name=_continue]")
        expect(page.locator(".messagelist .success")).to_contain_text(title)
    page.get_by_role("link", name="History").click()
    expect(page.locator("#change-history ins").first).to_contain_text("Third")
    expect(page.locator("#change-history del").first).to_contain_text("Second")
    assert violations(page) == []
    page.get_by_role("button", name="Restore").first.click()
    expect(page.get_by_label("Title")).to_have_value("Second title")
    page.locator(".deletelink").click()
    page.get_by_role("button", name="Yes, I’m sure").click()  # noqa: RUF001  # Django's own words
    expect(page.locator(".messagelist .success")).to_contain_text("deleted")
    with pytest.raises(DoesNotExist):
        Post.fetch((slug,))
    page.get_by_role("link", name="Deleted").click()
    assert violations(page) == []
    page.locator("tr", has_text="Second title").get_by_role("button", name="Bring back").first.click()
    expect(page.get_by_label("Title")).to_have_value("Second title")
    assert Post.fetch((slug,)).title == "Second title"


def test_a_post_is_found_by_a_word_of_its_text(live_server: LiveServer, new_page: NewPage, ada: Persona) -> None:
    rare = word()
    write(ada, title="Told by its text", body=f"Only here: {rare}.", published_at=None)
    until(lambda: search.find(rare).slugs, "the index")
    page = new_page()
    sign_in(page, live_server, ada, POSTS)
    page.locator("#searchbar").fill(rare)
    page.get_by_role("button", name="Search").click()
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    expect(page.locator(".paginator")).to_contain_text("1 found")
    page.get_by_role("link", name="Last changed first").click()
    expect(page.locator("#result_list tbody tr")).to_contain_text("Told by its text")


def test_subscribers_are_found_exported_and_removed(
    live_server: LiveServer, new_page: NewPage, ada: Persona, tmp_path: Path
) -> None:
    email, page = subscribe(), new_page()
    sign_in(page, live_server, ada, SUBSCRIBERS)
    with page.expect_download() as started:
        page.get_by_role("link", name="Export as CSV").click()
    file = tmp_path / started.value.suggested_filename
    started.value.save_as(file)
    assert email in {line[0] for line in csv.reader(file.read_text().splitlines())}
    page.locator("#searchbar").fill(email[:14])
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name=email).click()
    page.locator(".deletelink").click()
    page.get_by_role("button", name="Yes, I’m sure").click()  # noqa: RUF001  # Django's own words
    expect(page.locator(".messagelist .success")).to_contain_text("deleted")
    with pytest.raises(DoesNotExist):
        Subscriber.fetch((email,))


def test_failed_events_are_sent_on_their_way(live_server: LiveServer, new_page: NewPage, ada: Persona) -> None:
    mark, page = str(uuid.uuid4()), new_page()
    put("todos-media-failures", unknown(mark))
    sign_in(page, live_server, ada, "/admin/")
    page.locator("#content").get_by_role("link", name="Failed events").click()
    page.locator("#content").get_by_role("link", name="todos-media").click()
    expect(page.locator("pre")).to_contain_text(mark)
    page.get_by_role("button", name="Send all on their way again").click()
    expect(page.locator(".messagelist .success")).to_have_text("1 event sent on the way again.")


@pytest.mark.parametrize(("viewport", "scheme"), LOOKS)
def test_axe_finds_nothing_and_nothing_sticks_out(
    new_page: NewPage, live_server: LiveServer, ada: Persona, viewport: dict[str, int], scheme: str
) -> None:
    upload(ada, jpeg((640, 480)), visibility="public")
    put("blog-media-failures", unknown(word()))
    slug, gone = (write(ada, title=f"{title} {'and on ' * 15}")["slug"] for title in ("On", "Gone"))
    page = new_page(viewport=viewport, color_scheme=scheme)
    refused = sign_in(page, live_server, ada, f"{POSTS}{slug}/change/")
    page.locator("[name=body]").fill("Unbreakable" * 40)
    page.click("input[name=_save]")
    page.goto(f"{live_server.url}{POSTS}{gone}/delete/")
    page.click("#content input[type=submit]")
    expect(page.locator(".messagelist .success")).to_be_visible()
    lists = ("/admin/", SUBSCRIBERS, UPLOADS, FAILURES, f"{FAILURES}blog-media-failures/")
    for path in (*lists, f"{POSTS}{slug}/history/", f"{POSTS}{slug}/delete/", f"{POSTS}deleted/"):
        page.goto(live_server.url + path)
        assert refused == [], path
        assert violations(page) == [], path
        refused.clear()
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], path


def test_no_column_of_a_list_is_cut_off(new_page: NewPage, live_server: LiveServer, ada: Persona) -> None:
    page = new_page()
    photo = upload(ada, jpeg((640, 480)), visibility="public")
    tags = [word() for _ in range(3)]
    write(ada, title="A title of some length, as titles are", hero={"upload": photo["id"], "alt": "Fields"}, tags=tags)
    subscribe("a_name_as_long_as_an_address_may_have_before_its")
    sign_in(page, live_server, ada, POSTS)
    for path in (POSTS, SUBSCRIBERS, UPLOADS):
        page.goto(live_server.url + path)
        expect(page.locator("#result_list")).to_be_visible()
        for width in (768, 1024, 1280, 1366, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            room = page.evaluate("((list) => [list.scrollWidth, list.clientWidth])(document.querySelector('.results'))")
            assert room[0] <= room[1], (path, width)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)


def test_on_a_phone_each_value_of_a_list_says_what_it_is(
    new_page: NewPage, live_server: LiveServer, ada: Persona
) -> None:
    page = new_page(viewport=PHONE)
    write(ada, title="In a pocket")
    sign_in(page, live_server, ada, POSTS)
    row = page.locator("#result_list tbody tr", has_text="In a pocket").first
    for name in ("Status", "Author", "Publication", "Changed"):
        expect(row.locator(f"td[data-label={name}]")).to_be_visible()
    page.locator("#action-toggle").check()
    expect(row.locator(".action-select")).to_be_checked()
