"""What becomes of a post in a real browser: a secret link, the time of publication, two editors at once."""

import re
from datetime import UTC, datetime

from playwright.sync_api import expect

from blog.models import Post
from tests.blog.writing import write
from tests.browser.axe import violations
from tests.browser.conftest import PHONE, NewPage
from tests.browser.desk import POSTS, save, sign_in
from tests.live import LiveServer
from tests.personas import Persona, sign_up


def test_a_draft_is_shown_by_a_secret_link(live_server: LiveServer, new_page: NewPage, pia: Persona) -> None:
    page, slug = new_page(), write(pia, published_at=None, title="Not yet")["slug"]
    sign_in(page, live_server, pia, f"{POSTS}{slug}/change/")
    link = page.locator(".secret-link").get_attribute("href")
    stranger = new_page()
    answer = stranger.goto(str(link))
    expect(stranger.locator("h1")).to_have_text("Not yet")
    expect(stranger.get_by_role("note")).to_be_visible()
    assert answer is not None
    assert answer.headers["cache-control"] == "private, no-store"
    assert "noindex" in answer.headers["x-robots-tag"]
    assert violations(stranger) == []


def test_publication_is_typed_in_the_editors_own_zone(live_server: LiveServer, new_page: NewPage, pia: Persona) -> None:
    page, slug = new_page(timezone_id="Asia/Tokyo", locale="en-GB"), write(pia, published_at=None)["slug"]
    said = sign_in(page, live_server, pia, f"{POSTS}{slug}/change/")
    page.get_by_label("Scheduled: for everybody").check()
    page.get_by_label("Date and time of publication, in Asia/Tokyo").fill("2099-03-01T08:30")
    about = "The time is that of Asia/Tokyo (GMT+9): 28 Feb 2099, 23:30 UTC."
    expect(page.locator(".publication-zone")).to_have_text(about)
    save(page)
    assert Post.fetch((slug,)).published_at == datetime(2099, 2, 28, 23, 30, tzinfo=UTC)
    expect(page.get_by_label("Date and time of publication, in Asia/Tokyo")).to_have_value("2099-03-01T08:30")
    expect(page.locator(".publication-zone")).to_have_text(about)
    page.goto(f"{live_server.url}{POSTS}")
    row = page.locator("#result_list tr", has=page.locator(f"a[href*='{slug}']"))
    expect(row.locator(".field-date")).to_contain_text("1 Mar 2099, 08:30 GMT+9 (28 Feb 2099, 23:30 UTC)")
    for where in ("history", "letter"):
        page.goto(f"{live_server.url}{POSTS}{slug}/{where}/")
        expect(page.locator("#content time").first).to_contain_text(re.compile(r"GMT\+9 \(.* UTC\)"))
    # A day on which the clock skips an hour: what is saved is shown.
    other = new_page(timezone_id="Europe/Berlin", locale="en-GB")
    said += sign_in(other, live_server, pia, f"{POSTS}{slug}/change/")
    typed = other.get_by_label("Date and time of publication, in Europe/Berlin")
    expect(typed).to_have_value("2099-03-01T00:30")
    typed.fill("2099-03-29T02:30")
    typed.blur()
    expect(typed).to_have_value("2099-03-29T03:30")
    expect(other.locator(".publication-zone")).to_contain_text("01:30 UTC")
    other.get_by_label("Draft: only for who works here").check()
    expect(typed).to_be_hidden()
    assert said == []


def test_an_editor_whose_zone_is_utc_reads_a_time_once(
    live_server: LiveServer, new_page: NewPage, pia: Persona
) -> None:
    page, slug = new_page(timezone_id="UTC"), write(pia, published_at="2099-03-01T08:30:00Z")["slug"]
    sign_in(page, live_server, pia, f"{POSTS}{slug}/change/")
    typed = page.get_by_role("textbox", name="Date and time of publication, in UTC")
    expect(typed).to_have_value("2099-03-01T08:30")
    expect(page.locator(".publication-zone")).to_have_text("The time is that of UTC.")


def test_two_editors_meet(live_server: LiveServer, new_page: NewPage, pia: Persona) -> None:
    slug = write(pia, published_at=None, title="Ours")["slug"]
    mine, theirs = new_page(viewport=PHONE, timezone_id="Asia/Tokyo"), new_page()
    said = sign_in(mine, live_server, pia, f"{POSTS}{slug}/change/")
    sign_in(theirs, live_server, sign_up("ed", "editors"), f"{POSTS}{slug}/change/")
    theirs.get_by_label("Title").fill("Theirs")
    theirs.get_by_label("Summary").fill("By them")
    theirs.locator("[name=body]").fill("One\n\nTheir second line\n\nThree")
    save(theirs)
    mine.get_by_label("Title").fill("Mine")
    mine.locator("[name=body]").fill("One\n\nMy second line\n\nThree")
    said.clear()
    mine.click("input[name=_save]")
    table = mine.get_by_role("table", name="Saved meanwhile")
    expect(table.get_by_role("row", name="Saved Their second line")).to_be_visible()
    expect(table.get_by_role("row", name="Yours My second line")).to_be_visible()
    assert said == []
    assert violations(mine) == []
    assert mine.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    expect(mine.locator(".errorlist").first).to_contain_text("This was saved")
    expect(mine.get_by_text("Saved meanwhile: Theirs")).to_be_visible()
    expect(mine.get_by_label("Summary")).to_have_value("By them")
    save(mine)
    assert (Post.fetch((slug,)).title, Post.fetch((slug,)).summary) == ("Mine", "By them")
