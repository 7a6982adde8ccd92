"""MyTodoList's page: files straight into the user's own folder in S3."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Route, expect

from tests.browser.conftest import OWN, NewPage
from tests.browser.todo_page import TodoPage, held
from tests.live import LiveServer
from tests.personas import Persona
from tests.pictures import encode, photo
from tests.todos.making import make, path_of, read
from tests.waiting import until

JPEG = encode(photo((640, 480), seed=7), "JPEG", quality=70)


def file(name: str, content: bytes, kind: str = "image/jpeg") -> Any:
    return {"name": name, "mimeType": kind, "buffer": content}


def attachments(persona: Persona) -> Any:
    return persona.api.get("/api/todos/").json()[0]["attachments"]


def test_it_attaches_pictures_and_files(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    make(alice, title="Holiday")
    page = new_page()
    todos = TodoPage(page, live_server).signed_in(alice)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    row = todos.details("Holiday")
    row.get_by_label("Attach files").set_input_files([file("Ärger am See.jpg", JPEG), file("list.md", b"# x", "")])
    expect(row.locator(".file .name")).to_have_text(["Ärger am See.jpg", "list.md"])
    until(lambda: [one["status"] for one in attachments(alice)] == ["ready", "ready"], "both")
    assert {one["name"] for one in attachments(alice)} == {"Ärger am See.jpg", "list.md"}
    thumb = row.locator(".thumbs img")
    expect(thumb).to_have_attribute("alt", "Ärger am See.jpg", timeout=10_000)
    todos.until(lambda: thumb.evaluate("image => image.naturalWidth") > 0, "the picture")
    link = row.get_by_role("link", name="Ärger am See.jpg")
    original = page.context.request.get(link.get_attribute("href") or "")
    assert original.body() == JPEG
    assert any("/uploads-" in url or "-uploads" in url for url in sent), "the file went through our server"
    expect(row.get_by_text("Being prepared…")).to_have_count(0)
    row.get_by_role("button", name="Remove list.md").click()
    undo = todos.undo()
    until(lambda: len(attachments(alice)) == 1)
    undo.click()
    until(lambda: len(attachments(alice)) == 2)
    assert todos.problems == []


def test_a_removed_file_is_deleted(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    make(alice, title="Holiday")
    page = new_page(**OWN)
    page.clock.install()
    todos = TodoPage(page, live_server).signed_in(alice)
    row = todos.details("Holiday")
    row.get_by_label("Attach files").set_input_files(file("photo.jpg", JPEG))
    until(lambda: attachments(alice))
    remove = row.get_by_role("button", name="Remove photo.jpg")
    remove.press("Delete")  # is a key for to-dos
    remove.click()
    until(lambda: not attachments(alice))
    assert len(alice.api.get("/api/media/uploads/").json()) == 1
    page.clock.fast_forward(11_000)
    until(lambda: alice.api.get("/api/media/uploads/").json() == [], "its end")


def test_a_file_waits_for_the_network(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    make(alice, title="Holiday")
    page = new_page()
    todos = TodoPage(page, live_server).signed_in(alice)
    row = todos.details("Holiday")
    with todos.offline():
        row.get_by_label("Attach files").set_input_files(file("photo.jpg", JPEG))
        expect(row.locator(".file .state")).to_contain_text("waiting")
        todos.until(lambda: row.locator(".file img").evaluate("image => image.naturalWidth") > 0, "the preview")
    until(lambda: attachments(alice), "the upload", seconds=30)
    expect(row.locator(".file")).to_have_count(1)
    assert todos.problems == []


def test_progress_is_shown_and_a_cut_mended(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    make(alice, title="Film")
    page = new_page()
    todos = TodoPage(page, live_server).signed_in(alice)
    row = todos.details("Film")
    cuts = [1]

    def cut(route: Any) -> None:
        if cuts and route.request.method == "POST":
            cuts.pop()
            route.abort("connectionreset")
        else:
            route.continue_()

    page.context.route("**/*-uploads-*", cut)
    network = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 1_500_000}
    network.send("Network.emulateNetworkConditions", slow)
    row.get_by_label("Attach files").set_input_files(file("film.mp4", bytes(3_000_000), "video/mp4"))
    bar = row.get_by_role("progressbar")
    todos.until(lambda: 0 < float(bar.get_attribute("value") or 0) < 1, "progress", 30)
    until(lambda: attachments(alice), "the upload", seconds=30)
    assert not cuts


def test_a_lost_answer_makes_no_second_upload(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    make(alice, title="Holiday")
    page = new_page()
    todos = TodoPage(page, live_server).signed_in(alice)
    row = todos.details("Holiday")
    lost: list[Route] = []

    def lose(route: Route) -> None:
        if lost or route.request.method != "POST":
            route.continue_()
        else:
            lost.append(route)
            route.fetch()
            route.abort("connectionreset")

    page.context.route("**/*-uploads-*", lose)
    row.get_by_label("Attach files").set_input_files(file("photo.jpg", JPEG))
    todos.until(lambda: attachments(alice), "the upload", 30)
    assert lost
    assert [one["id"] for one in alice.api.get("/api/media/uploads/").json()] == [attachments(alice)[0]["id"]]


def test_a_file_removed_after_a_lost_answer_is_deleted(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    make(alice, title="Holiday")
    page = new_page(**OWN)
    page.clock.install()
    todos = TodoPage(page, live_server).signed_in(alice)
    row = todos.details("Holiday")
    lost: list[Route] = []

    def lose(route: Route) -> None:
        if not lost:
            route.fetch()
        lost.append(route)
        route.abort("connectionreset")

    page.context.route("**/*-uploads-*", lose)
    row.get_by_label("Attach files").set_input_files(file("photo.jpg", JPEG))
    todos.until(lambda: lost, "the transfer")
    assert len(alice.api.get("/api/media/uploads/").json()) == 1
    row.get_by_role("button", name="Remove photo.jpg").click()
    expect(row.locator(".file")).to_have_count(0)
    page.clock.fast_forward(11_000)
    todos.until(lambda: alice.api.get("/api/media/uploads/").json() == [], "its end", 30)


def test_what_cannot_be_taken_says_so(
    new_page: NewPage, live_server: LiveServer, alice: Persona, tmp_path: Path
) -> None:
    make(alice, title="Odd")
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    row = todos.details("Odd")
    row.get_by_label("Attach files").set_input_files(file("empty.txt", b"", "text/plain"))
    expect(row.locator(".file.is-bad .state")).to_contain_text("empty")
    expect(todos.page.locator("#status-text")).to_have_text("1 file not taken")
    row.get_by_role("button", name="Remove empty.txt").click()
    expect(row.locator(".file")).to_have_count(0)
    row.get_by_label("Attach files").set_input_files(file("broken.jpg", b"no picture at all"))
    expect(row.locator(".file.is-bad .state")).to_be_visible(timeout=10_000)
    expect(todos.page.locator("#status-text")).to_have_text("1 file failed")
    row.get_by_role("button", name="Remove broken.jpg").click()
    until(lambda: not attachments(alice))


def attach(todos: TodoPage, persona: Persona, title: str, name: str) -> Locator:
    """The to-do's row, once it has the file and all is saved."""
    row = todos.details(title)
    row.get_by_label("Attach files").set_input_files(file(name, JPEG))
    todos.until(lambda: attachments(persona), "the file")
    todos.wait_until_saved()
    return row


# --- Meanwhile --------------------------------------------------------------------------------------------------------


def test_what_is_too_many_is_told_of(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    make(alice, title="Odd")
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    row = todos.details("Odd")
    row.get_by_label("Attach files").set_input_files([file(f"{number}.md", b"x", "") for number in range(11)])
    expect(row.locator(".file")).to_have_count(10)
    expect(todos.page.locator(".toast")).to_have_text("A to-do can have 10 attachments. Left out: 10.md")


def test_a_file_in_flight_comes_back_with_its_to_do(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    make(alice, title="Holiday")
    page = new_page()
    todos = TodoPage(page, live_server).signed_in(alice)
    held: list[Route] = []
    page.context.route("**/*-uploads-*", lambda route: route.continue_() if held else held.append(route))
    row = todos.details("Holiday")
    row.get_by_label("Attach files").set_input_files(file("photo.jpg", JPEG))
    todos.until(lambda: held, "the upload")
    row.get_by_role("button", name="Delete").click()
    undo = todos.undo()
    with page.expect_response("**/*-uploads-*"):
        held[0].continue_()
    undo.click()
    expect(todos.row("Holiday")).to_be_visible()
    todos.wait_until_saved()  # that it is back, before its file is looked at
    todos.until(lambda: attachments(alice), "the file")


def test_a_file_of_two_to_dos_stays_on_the_other(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    make(alice, title="Rent", repeat="FREQ=MONTHLY;TZID=Europe/Berlin", due="2031-01-31")
    page = new_page(**OWN)
    page.clock.install()
    todos = TodoPage(page, live_server).signed_in(alice)
    row = attach(todos, alice, "Rent", "contract.jpg")
    row.get_by_label("Done: Rent").click()
    todos.until(lambda: len(alice.api.get("/api/todos/").json()) == 2, "the next one")
    todos.wait_until_saved()
    page.get_by_text("Completed (1)").click()
    done = page.locator("#done li.todo")
    done.get_by_role("button", name="Details of Rent").click()
    done.get_by_role("button", name="Remove contract.jpg").click()
    page.clock.run_for(12_000)
    page.clock.resume()

    def shown() -> dict[bool, list[str]]:
        found = alice.api.get("/api/todos/").json()
        return {one["completed"]: [each["name"] for each in one["attachments"]] for one in found}

    todos.until(lambda: shown()[True] == [], "its removal")
    page.wait_for_timeout(2000)  # the file itself would go by now
    assert shown() == {True: [], False: ["contract.jpg"]}
    assert len(alice.api.get("/api/media/uploads/").json()) == 1


def test_a_file_of_a_to_do_made_elsewhere_stays_on_it(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    rent = make(alice, title="Rent", repeat="FREQ=MONTHLY", due="2031-01-31")
    page = new_page(**OWN)
    page.clock.install()
    todos = TodoPage(page, live_server).signed_in(alice)
    row = attach(todos, alice, "Rent", "contract.jpg")
    todos.wait_until_saved()
    with todos.offline():
        alice.api.patch(path_of(rent), {"completed": True})
        row.get_by_role("button", name="Remove contract.jpg").click()
        page.clock.run_for(12_000)
        page.clock.resume()
        page.route("**/api/todos/?*", lambda route: route.abort())  # news is slower than all else
    todos.until(lambda: not read(alice, rent)["attachments"], "its removal")
    page.wait_for_timeout(2000)  # the file itself would go by now
    page.unroute_all()
    page.evaluate("dispatchEvent(new Event('online'))")
    todos.wait_until_saved()
    page.wait_for_timeout(2000)
    assert len(alice.api.get("/api/media/uploads/").json()) == 1


def test_undo_of_a_removed_file_works_as_long_as_it_is_offered(
    new_page: NewPage, live_server: LiveServer, alice: Persona
) -> None:
    make(alice, title="Holiday")
    page = new_page(**OWN)
    page.clock.install()
    todos = TodoPage(page, live_server).signed_in(alice)
    row = attach(todos, alice, "Holiday", "photo.jpg")
    row.get_by_role("button", name="Remove photo.jpg").click()
    undo = todos.undo()  # with the focus in it, the notice stays
    todos.until(lambda: not attachments(alice), "its removal")
    page.clock.fast_forward(12_000)
    page.clock.resume()
    page.wait_for_timeout(1500)  # the file itself would go by now
    undo.click()
    todos.until(lambda: attachments(alice), "the file again")


def test_a_refused_file_goes_with_its_to_do(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    make(alice, title="Odd")
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    row = todos.details("Odd")
    row.get_by_label("Attach files").set_input_files(file("empty.txt", b"", "text/plain"))
    expect(row.locator(".file.is-bad .state")).to_contain_text("empty")
    row.get_by_role("button", name="Delete").click()
    expect(todos.titles).to_have_count(0)
    todos.wait_until_saved()


def test_a_file_removed_on_its_way_stays_removed(new_page: NewPage, live_server: LiveServer, alice: Persona) -> None:
    make(alice, title="Odd")
    page = new_page()
    todos = TodoPage(page, live_server).signed_in(alice)
    waiting = held(page.context, "**/*-uploads-*")
    row = todos.details("Odd")
    row.get_by_label("Attach files").set_input_files(file("photo.jpg", JPEG))
    todos.until(lambda: waiting, "the upload")
    row.get_by_role("button", name="Remove photo.jpg").click()
    expect(row.locator(".file")).to_have_count(0)
    for route in waiting:
        route.fulfill(status=403, body="")
    page.wait_for_timeout(1000)
    expect(row.locator(".file")).to_have_count(0)


def test_a_dropped_file_goes_to_the_details_it_is_dropped_on(
    new_page: NewPage, live_server: LiveServer, alice: Persona, tmp_path: Path
) -> None:
    dropped = tmp_path / "plan.txt"
    dropped.write_text("All of it")
    make(alice, title="Odd")
    todos = TodoPage(new_page(), live_server).signed_in(alice)
    todos.wait_until_saved()
    browser = todos.page.context.new_cdp_session(todos.page)

    def drop_on(place: Locator) -> None:
        at = place.bounding_box()
        assert at
        data = {"items": [], "files": [str(dropped)], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            browser.send("Input.dispatchDragEvent", {"type": kind, "x": at["x"] + 9, "y": at["y"] + 9, "data": data})

    drop_on(todos.page.locator("#title"))  # a browser leaves the page for the file, unless it is refused
    drop_on(todos.details("Odd").get_by_label("Notes"))
    until(lambda: [one["name"] for one in attachments(alice)] == ["plan.txt"], "the file")
    assert todos.page.url == todos.url
    assert todos.problems == []
