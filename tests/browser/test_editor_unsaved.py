"""What is typed and not saved, in a real browser: asked for, kept, compared and offered again."""

from playwright.sync_api import Page, expect

from blog.models import Post
from tests.blog.admin.desk import Desk
from tests.blog.writing import change, write
from tests.browser.conftest import NewPage
from tests.browser.desk import ADD, POSTS, note, save, sign_in
from tests.live import LiveServer
from tests.personas import Persona, sign_up
from tests.waiting import until


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
    other.wait_for_function("() => !Object.keys(localStorage).some((key) => key.includes('post-draft'))")
    expect(other.get_by_role("region", name="Unsaved work")).to_have_count(0)


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


def test_one_post_in_two_tabs_is_kept_twice_and_what_is_offered_is_not_written_over(
    live_server: LiveServer, new_page: NewPage, pia: Persona
) -> None:
    page, slug = new_page(), write(pia, published_at=None)["slug"]
    url = f"{live_server.url}{POSTS}{slug}/change/"
    sign_in(page, live_server, pia, f"{POSTS}{slug}/change/")
    tabs = [page, page.context.new_page()]
    tabs[1].goto(url)
    for number, tab in enumerate(tabs):
        expect(tab.get_by_role("group", name="Formatting")).to_be_visible()
        tab.locator("[name=body]").fill(f"Text {number}.")
        tab.wait_for_function(IS_KEPT, arg=f"Text {number}.")
    save(tabs[1])
    page.wait_for_function(IS_KEPT, arg="Text 0.")
    last = page.context.new_page()
    for tab in tabs:
        tab.close()
    last.goto(url)
    offer = last.get_by_role("region", name="Unsaved work")
    expect(offer).to_have_count(1)
    last.on("dialog", lambda dialog: dialog.accept())
    last.locator("[name=summary]").fill("Something else.")
    last.wait_for_function(IS_KEPT, arg="Something else.")
    last.locator("[name=summary]").fill("")
    last.wait_for_function(f"(words) => !({IS_KEPT})(words)", arg="Something else.")
    last.reload()
    offer.get_by_role("button", name="Show it").click()
    expect(last.locator("[name=body]")).to_have_value("Text 0.")


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
