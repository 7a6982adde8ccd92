"""MyTodoList's page: two windows, two devices, two users; conflicts."""

from playwright.sync_api import expect

from tests.browser.conftest import PHONE, NewPage
from tests.browser.test_todos_offline import names
from tests.browser.todo_page import LIVE, TodoPage
from tests.live import LiveServer
from tests.personas import Persona
from tests.todos.making import make, path_of
from tests.waiting import until


def test_two_windows_are_live(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    first = TodoPage(new_page(), live_server).signed_in(alice)
    second = first.second()
    first.add("Seen at once")
    expect(second.row("Seen at once")).to_be_visible(timeout=LIVE)
    second.page.get_by_label("Done: Seen at once").click()
    expect(first.titles).to_have_count(0, timeout=LIVE)
    with first.offline():
        first.add("Without a network")
        expect(second.row("Without a network")).to_be_visible(timeout=LIVE)
    first.wait_until_saved()
    second.wait_until_saved()
    assert names(alice).count("Without a network") == 1
    assert first.problems == second.problems == []


def test_two_devices_are_live(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    desk = TodoPage(new_page(), live_server).signed_in(alice)
    phone = TodoPage(new_page(viewport=PHONE, has_touch=True, is_mobile=True), live_server).signed_in(alice)
    desk.add("From the desk")
    expect(phone.row("From the desk")).to_be_visible(timeout=LIVE)
    row = phone.details("From the desk")
    row.get_by_label("Notes").fill("From the phone")
    row.get_by_label("Notes").blur()
    expect(desk.row("From the desk").locator(".facts")).to_contain_text("Notes", timeout=LIVE)
    desk.row("From the desk").locator(".title").focus()
    desk.page.keyboard.press("Delete")
    expect(phone.titles).to_have_count(0, timeout=LIVE)


def test_two_users_see_nothing_of_each_other(
    new_page: NewPage, live_server: LiveServer, alice: Persona, bob: Persona
) -> None:
    hers, his = (TodoPage(new_page(), live_server).signed_in(persona) for persona in (alice, bob))
    hers.add("Alice's own")
    his.add("Bob's own")
    hers.wait_until_saved()
    his.wait_until_saved()
    expect(hers.titles).to_have_text(["Alice's own"])
    expect(his.titles).to_have_text(["Bob's own"])
    # Bob takes over Alice's browser: neither her to-dos nor her unsent changes are his.
    page = hers.page
    page.context.route("**/api/todos/*/", lambda route: route.abort())
    hers.add("Alice's unsent")
    page.get_by_label("Account and settings").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("Not everything is saved yet (1).")).to_be_visible()
    page.get_by_role("button", name="Sign out all the same").click()
    expect(page.get_by_role("button", name="Create an account")).to_be_visible()
    page.context.unroute_all()
    hers.sign_in(bob)
    expect(hers.titles).to_have_text(["Bob's own"])
    hers.wait_until_saved()
    hers.sign_out()
    hers.sign_in(alice)
    expect(hers.titles).to_have_text(["Alice's own", "Alice's unsent"])
    hers.wait_until_saved()
    assert sorted(names(alice)) == ["Alice's own", "Alice's unsent"]
    assert names(bob) == ["Bob's own"]
    assert hers.problems == his.problems == []


def test_changes_of_different_fields_merge(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    todo = make(alice, title="Shared", tags=["one"])
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    expect(todos.row("Shared")).to_be_visible()
    with todos.offline():
        row = todos.details("Shared")
        row.get_by_label("Notes").fill("Mine")
        row.get_by_label("Tags").fill("one, two")
        row.get_by_label("Tags").press("Escape")
        alice.api.patch(path_of(todo), {"title": "Shared by both", "tags": ["one", "three"]})
    expect(todos.titles).to_have_text(["Shared by both"])
    todos.wait_until_saved()
    merged = alice.api.get(path_of(todo)).json()
    assert (merged["notes"], sorted(merged["tags"])) == ("Mine", ["one", "three", "two"])
    expect(todos.page.locator(".question")).to_have_count(0)


def test_a_conflict_is_shown_and_decided(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    todo = make(alice, title="Cake", notes="flour")
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    page, row = todos.page, todos.page.locator("li.todo")
    expect(row).to_be_visible()
    with todos.offline():
        todos.row("Cake").locator(".title").click()
        page.get_by_label("Title").fill("Apple cake")
        page.keyboard.press("Enter")
        todos.details("Apple cake").get_by_label("Notes").fill("flour, apples")
        page.keyboard.press("Escape")
        alice.api.patch(path_of(todo), {"title": "Plum cake", "notes": "flour, plums"})
    title = row.get_by_role("group", name="The title changed here and elsewhere.")
    expect(title).to_contain_text("Apple cake")
    expect(title).to_contain_text("Plum cake")
    expect(page.locator("#status-text")).to_have_text("1 change to decide")
    assert alice.api.get(path_of(todo)).json()["title"] == "Plum cake"
    title.get_by_role("button", name="Keep mine").click()
    row.get_by_role("button", name="Keep both").click()
    todos.wait_until_saved()
    decided = alice.api.get(path_of(todo)).json()
    assert (decided["title"], decided["notes"]) == ("Apple cake", "flour, plums\n\nflour, apples")
    with todos.offline():
        todos.row("Apple cake").locator(".title").click()
        page.get_by_label("Title").fill("No cake")
        page.keyboard.press("Enter")
        alice.api.patch(path_of(todo), {"title": "More cake"})
    row.get_by_role("button", name="Take the other").click()
    expect(todos.titles).to_have_text(["More cake"])
    todos.wait_until_saved()
    assert alice.api.get(path_of(todo)).json()["title"] == "More cake"
    assert todos.problems == []


def test_the_end_of_what_repeats_is_merged_and_decided(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    todo = make(alice, title="Pills", repeat="FREQ=DAILY;TZID=Europe/Berlin")
    todos = TodoPage(new_page(timezone_id="Europe/Berlin"), live_server).signed_in(alice)
    row = todos.page.locator("li.todo")
    expect(row).to_be_visible()

    def end_it_after(number: str) -> None:
        row.get_by_label("Ends").select_option("After a number")
        row.get_by_label("How many are left").fill(number)
        row.get_by_label("How many are left").press("Tab")
        expect(row.locator(".facts")).to_contain_text(f"Every day, {number} left")

    todos.details("Pills")
    with todos.offline():
        end_it_after("7")
        alice.api.patch(path_of(todo), {"title": "Tablets"})
    todos.wait_until_saved()
    merged = alice.api.get(path_of(todo)).json()
    assert (merged["title"], merged["repeat"]) == ("Tablets", "FREQ=DAILY;COUNT=7;TZID=Europe/Berlin")
    with todos.offline():
        end_it_after("3")
        alice.api.patch(path_of(todo), {"repeat": "FREQ=DAILY;UNTIL=20300131;TZID=Europe/Berlin"})
    question = row.get_by_role("group", name="The repetition changed here and elsewhere.")
    expect(question).to_contain_text("Every day, 3 left")
    expect(question).to_contain_text("Every day, until 2030-01-31")
    question.get_by_role("button", name="Take the other").click()
    todos.wait_until_saved()
    expect(row.get_by_label("Last day")).to_have_value("2030-01-31")
    assert alice.api.get(path_of(todo)).json()["repeat"] == "FREQ=DAILY;UNTIL=20300131;TZID=Europe/Berlin"
    assert todos.problems == []


def test_a_change_while_typing_is_no_loss(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    todo = make(alice, title="Before")
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    todos.row("Before").locator(".title").click()
    todos.page.get_by_label("Title").fill("Typed here")
    alice.api.patch(path_of(todo), {"title": "Sent from elsewhere", "priority": 3})
    expect(todos.page.locator(".priority-3")).to_be_visible()
    expect(todos.page.get_by_label("Title")).to_have_value("Typed here")
    todos.page.keyboard.press("Enter")
    expect(todos.page.locator(".question")).to_contain_text("Sent from elsewhere")
    todos.page.get_by_role("button", name="Keep mine").click()
    until(lambda: names(alice) == ["Typed here"])


def test_what_was_deleted_elsewhere_can_be_kept(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    kept, let_go, typed = (make(alice, title=title, tags=["a"]) for title in ("Kept", "Let go", "Typed"))
    expect(todos.titles).to_have_count(3)
    with todos.offline():
        for title in ("Kept", "Let go"):
            todos.details(title).get_by_label("Notes").fill(f"Notes of {title}")
            todos.page.keyboard.press("Escape")
        for todo in (kept, let_go):
            alice.api.delete(path_of(todo))
    text = "You changed this, but it was deleted elsewhere in the meantime."
    todos.row("Kept").get_by_role("group", name=text).get_by_role("button", name="Keep it").click()
    todos.row("Let go").get_by_role("group", name=text).get_by_role("button", name="Let it go").click()
    todos.row("Typed").locator(".title").click()
    todos.page.get_by_label("Title").fill("Typed meanwhile")
    alice.api.delete(path_of(typed))
    todos.row("Typed meanwhile").get_by_role("button", name="Keep it").click()
    todos.wait_until_saved()
    again = alice.api.get(path_of(kept)).json()
    assert (again["title"], again["notes"], again["tags"]) == ("Kept", "Notes of Kept", ["a"])
    assert sorted(names(alice)) == ["Kept", "Typed meanwhile"]
    assert todos.problems == []


def test_what_was_changed_elsewhere_is_not_deleted_unasked(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    gone, stays = (make(alice, title=title) for title in ("Gone", "Stays"))
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    expect(todos.titles).to_have_count(2)
    with todos.offline():
        for title in ("Gone", "Stays"):
            todos.row(title).locator(".title").focus()
            todos.page.keyboard.press("Delete")
        expect(todos.titles).to_have_count(0)
        for todo in (gone, stays):
            alice.api.patch(path_of(todo), {"notes": "Important"})
    text = "You deleted this, but it was changed elsewhere in the meantime."
    todos.row("Gone").get_by_role("group", name=text).get_by_role("button", name="Delete it").click()
    todos.row("Stays").get_by_role("group", name=text).get_by_role("button", name="Keep it").click()
    expect(todos.titles).to_have_text(["Stays"])
    todos.wait_until_saved()
    assert names(alice) == ["Stays"]
