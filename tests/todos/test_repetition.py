"""A to-do that repeats: completing it makes the next one, once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import pytest
from dateutil import rrule

from dynamo.testing import recorded_requests
from tests.media.uploading import UPLOADS, ask, jpeg, post, settled
from tests.media.uploading import upload as upload_of
from tests.personas import Persona
from tests.todos.making import ROOT, make, path_of, read
from tests.waiting import until
from todos import attachments
from todos.attachments import UploadReference
from todos.due import Due
from todos.repetition import BadRule, Repetition, next_id, next_of, normal_rule

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)  # a Saturday
PAST = "2020-01-31"


def moment(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]  # parts of a time


@pytest.mark.parametrize(
    ("rule", "due", "following"),
    [
        ("FREQ=DAILY", date(2026, 11, 28), date(2026, 11, 29)),
        ("FREQ=DAILY", date(2026, 12, 24), date(2026, 12, 25)),
        ("FREQ=DAILY", date(2026, 11, 1), date(2026, 11, 28)),  # overdue: today, and no heap
        ("FREQ=DAILY", None, date(2026, 11, 29)),
        ("FREQ=DAILY;INTERVAL=3", date(2026, 11, 28), date(2026, 12, 1)),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", date(2026, 12, 4), date(2026, 12, 7)),
        ("FREQ=WEEKLY;INTERVAL=2", date(2026, 12, 1), date(2026, 12, 15)),
        ("FREQ=MONTHLY", date(2026, 12, 31), date(2027, 1, 31)),
        ("FREQ=MONTHLY;BYDAY=-1FR", date(2026, 12, 25), date(2027, 1, 29)),
        ("FREQ=MONTHLY;BYDAY=TU,-1FR", date(2026, 12, 22), date(2026, 12, 25)),
        ("FREQ=MONTHLY;BYDAY=TU,-1FR", date(2026, 12, 25), date(2026, 12, 29)),
        ("FREQ=YEARLY;BYDAY=TU,1FR", date(2026, 12, 29), date(2027, 1, 1)),
        ("FREQ=YEARLY;BYMONTH=12;BYDAY=1FR,TU", date(2026, 12, 22), date(2026, 12, 29)),
        ("FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1", date(2027, 1, 31), date(2027, 2, 28)),
        ("FREQ=YEARLY", date(2028, 2, 29), date(2032, 2, 29)),
        ("FREQ=DAILY;INTERVAL=3;FROM=DONE", date(2026, 12, 25), date(2026, 12, 1)),
        ("FREQ=WEEKLY;FROM=DONE", moment(2026, 11, 1, 9), moment(2026, 12, 5, 9)),
        ("FREQ=DAILY", moment(2026, 11, 28, 11), moment(2026, 11, 29, 11)),
        ("FREQ=DAILY", moment(2026, 11, 27, 13), moment(2026, 11, 28, 13)),
        ("FREQ=DAILY;TZID=Europe/Berlin", moment(2027, 3, 27, 8), moment(2027, 3, 28, 7)),  # summer begins
        ("FREQ=DAILY;TZID=Asia/Tokyo", date(2026, 11, 28), date(2026, 11, 29)),
        ("FREQ=DAILY;UNTIL=20261225", date(2026, 12, 24), date(2026, 12, 25)),
        ("FREQ=DAILY;UNTIL=20261224", date(2026, 12, 24), None),
        ("FREQ=DAILY;UNTIL=20261225T080000Z", moment(2026, 12, 24, 9), None),
        # The last day is one of the rule's zone: half past ten in the evening there is the next day in UTC.
        ("FREQ=DAILY;UNTIL=20261225;TZID=America/New_York", moment(2026, 12, 25, 3, 30), moment(2026, 12, 26, 3, 30)),
        ("FREQ=DAILY;UNTIL=20261225;TZID=America/New_York", moment(2026, 12, 26, 3, 30), None),
        ("FREQ=DAILY;UNTIL=20261225;TZID=Asia/Tokyo", moment(2026, 12, 24, 23), None),
        ("FREQ=DAILY;COUNT=1", date(2026, 12, 24), None),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", date(2026, 12, 24), date(2028, 2, 29)),
        ("FREQ=YEARLY;INTERVAL=400", date(2026, 12, 24), date(2426, 12, 24)),
        ("FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31", date(2026, 2, 1), None),
        ("FREQ=DAILY", date(1, 1, 1), date(2026, 11, 29)),
        ("FREQ=DAILY", date(9999, 12, 31), None),
        ("FREQ=DAILY;TZID=Asia/Tokyo", moment(9999, 12, 31, 23), None),
        ("FREQ=WEEKLY;BYDAY=MO,SA", date(9999, 12, 31), None),
        ("FREQ=WEEKLY;BYDAY=MO,SA", moment(9999, 12, 31, 23, 59), None),
        ("", date(2026, 12, 24), None),
    ],
)
def test_when_the_next_is_due(rule: str, due: Due | None, following: Due | None) -> None:
    found = next_of(normal_rule(rule), due, NOW)
    assert (found and found.due) == following


@pytest.mark.parametrize(
    ("rule", "done", "following"),
    [
        ("FREQ=MONTHLY", moment(2027, 1, 31, 12), date(2027, 2, 28)),
        ("FREQ=MONTHLY;INTERVAL=3", moment(2027, 8, 31, 12), date(2027, 11, 30)),
        ("FREQ=YEARLY", moment(2028, 2, 29, 12), date(2029, 2, 28)),
    ],
)
def test_a_month_after_it_was_done_passes_over_no_shorter_one(rule: str, done: datetime, following: Due) -> None:
    found = next_of(normal_rule(f"{rule};FROM=DONE"), date(2026, 11, 28), done)
    assert found
    assert found.due == following


@pytest.mark.parametrize(
    "rule", ["FREQ=MONTHLY;BYDAY=-1TU;BYSETPOS=5", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO;BYSETPOS=2"]
)
def test_a_rule_of_no_day_is_refused_before_centuries_are_looked_through(
    rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One request of 200 characters must not take half a second."""
    months: list[Any] = []
    rebuild = rrule._iterinfo.rebuild

    def counted(*given: Any) -> None:
        months.append(given[1:])
        rebuild(*given)

    monkeypatch.setattr(rrule._iterinfo, "rebuild", counted)
    with pytest.raises(BadRule):
        normal_rule(rule)
    assert len(months) < 12 * 50


def test_a_count_goes_down() -> None:
    found = next_of("FREQ=DAILY;COUNT=3", date(2026, 12, 24), NOW)
    assert found
    assert found.rule == "FREQ=DAILY;COUNT=2"


@pytest.mark.parametrize(
    ("rule", "due", "all_following"),
    [
        (  # Two o'clock becomes three: half past two is half past two again.
            "FREQ=DAILY;TZID=Europe/Berlin", moment(2027, 3, 27, 1, 30),
            [moment(2027, 3, 28, 1, 30), moment(2027, 3, 29, 0, 30), moment(2027, 3, 30, 0, 30)],
        ),
        (  # Eleven in the evening becomes midnight, and Saturday Sunday.
            "FREQ=WEEKLY;TZID=America/Nuuk", moment(2027, 3, 21, 1, 30),
            [moment(2027, 3, 28, 1, 30), moment(2027, 4, 4, 0, 30)],
        ),
    ],
)  # fmt: skip
def test_a_time_the_clocks_went_over_is_kept(rule: str, due: datetime, all_following: list[datetime]) -> None:
    found = Repetition(due, normal_rule(rule))
    for each in all_following:
        after = next_of(normal_rule(found.rule), found.due, NOW)
        assert after
        assert after.due == each
        found = after
    assert found.rule == rule


def test_what_was_moved_from_a_time_the_clocks_went_over_keeps_its_own() -> None:
    rule = "FREQ=DAILY;TZID=Europe/Berlin;AT=0230"
    assert next_of(rule, moment(2027, 3, 28, 9), NOW) == (moment(2027, 3, 29, 9), rule.removesuffix(";AT=0230"))
    assert next_of(rule, date(2027, 3, 28), NOW) == (date(2027, 3, 29), rule.removesuffix(";AT=0230"))


def following(persona: Persona, todo: dict[str, Any]) -> dict[str, Any] | None:
    answer = persona.api.get(f"{ROOT}{next_id(todo['id'])}/")
    return answer.json() if answer.status_code == 200 else None


def test_completing_makes_the_next_with_all_it_had(alice: Persona) -> None:
    upload = ask(alice, b"x" * 9)
    todo = make(
        alice, due="2090-12-29", repeat="freq=monthly;byday=-1fr", notes="n", priority=2, tags=["home"], list="rent",
        attachments=[upload["id"]],
    )  # fmt: skip
    assert todo["repeat"] == "FREQ=MONTHLY;BYDAY=-1FR"
    done = alice.api.patch(path_of(todo), {"completed": True}).json()
    assert done == {**todo, "completed": True, "completed_at": done["completed_at"], "updated_at": done["updated_at"],
                    "version": 2}  # fmt: skip
    made = following(alice, todo)
    assert made
    own = {name: made[name] for name in ("id", "url", "created_at", "updated_at")}
    assert made == {**todo, **own, "due": "2091-01-26", "version": 1}
    assert made["created_at"] == done["updated_at"]
    assert [shown["id"] for shown in alice.api.get(f"{ROOT}?completed=false").json()] == [made["id"]]


def test_what_does_not_repeat_is_one_request_and_what_does_one_transaction(alice: Persona) -> None:
    todo = make(alice, due=PAST, repeat="FREQ=DAILY")
    with recorded_requests() as sent:
        alice.api.patch(path_of(todo), {"title": "Water the plants"})
    assert sent == ["UpdateItem"]
    with recorded_requests() as sent:
        alice.api.patch(path_of(todo), {"completed": True})
    assert sent == ["UpdateItem", "GetItem", "GetItem", "TransactWriteItems", "GetItem"]
    with recorded_requests() as sent:
        alice.api.patch(path_of(todo), {"completed": True})
    assert sent == ["UpdateItem"]


def test_two_devices_make_one(alice: Persona) -> None:
    todo = make(alice, due=PAST, repeat="FREQ=DAILY")
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: alice.api.patch(path_of(todo), {"completed": True}), range(4)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(alice.api.get(f"{ROOT}?completed=false").json()) == 1
    late = alice.api.patch(path_of(todo), {"completed": True}, headers={"If-Match": '"v1"'})
    assert late.status_code == 412
    assert len(alice.api.get(ROOT).json()) == 2


def test_reopening_takes_the_next_away_and_completing_brings_it_back(alice: Persona) -> None:
    todo = make(alice, due=PAST, repeat="FREQ=DAILY;COUNT=2")
    for _ in range(2):
        assert alice.api.patch(path_of(todo), {"completed": True}).status_code == 200
        made = following(alice, todo)
        assert made
        assert (made["repeat"], made["completed"]) == ("FREQ=DAILY;COUNT=1", False)
        assert alice.api.patch(path_of(todo), {"completed": False}).json()["completed_at"] is None
        assert following(alice, todo) is None
    assert [shown["id"] for shown in alice.api.get(ROOT).json()] == [todo["id"]]


def test_what_somebody_changed_stays(alice: Persona) -> None:
    todo = make(alice, due=PAST, repeat="FREQ=DAILY")
    alice.api.patch(path_of(todo), {"completed": True})
    made = following(alice, todo)
    assert made
    changed = alice.api.patch(path_of(made), {"notes": "with fertiliser"}).json()
    assert alice.api.patch(path_of(todo), {"completed": False}).status_code == 200
    assert alice.api.patch(path_of(todo), {"completed": True}).status_code == 200
    assert read(alice, made) == changed


def test_the_last_one_has_no_next(alice: Persona) -> None:
    todo = make(alice, due=PAST, repeat="FREQ=DAILY;COUNT=1")
    assert alice.api.patch(path_of(todo), {"completed": True}).status_code == 200
    assert following(alice, todo) is None
    assert alice.api.patch(path_of(todo), {"completed": False}).status_code == 200


@pytest.mark.parametrize(
    ("change", "is_followed"),
    [
        ({"completed": True, "repeat": ""}, False),
        ({"completed": True, "repeat": "FREQ=DAILY"}, True),
        ({"completed": True, "due": "2090-01-01"}, True),
        ({"completed": True, "attachments": []}, True),
        ({"completed": True, "order": 5}, True),
    ],
    ids=str,
)
def test_the_rule_after_the_change_counts(alice: Persona, change: dict[str, Any], is_followed: bool) -> None:
    todo = make(alice, due="2089-12-31", repeat="FREQ=YEARLY")
    changed = alice.api.patch(path_of(todo), change).json()
    assert changed["completed"]
    made = following(alice, todo)
    assert bool(made) == is_followed
    assert made is None or (made["order"], made["due"][:4]) == (changed["order"], str(int(changed["due"][:4]) + 1))


def test_a_put_completes_and_reopens_likewise(alice: Persona) -> None:
    todo = make(alice, due="2089-12-31", repeat="FREQ=YEARLY", order=7)
    values = {"title": todo["title"], "due": "2089-12-31", "repeat": "FREQ=YEARLY"}
    answer = alice.api.put(path_of(todo), {**values, "completed": True})
    assert answer.status_code == 200
    made = following(alice, todo)
    assert made
    assert (made["due"], made["order"]) == ("2090-12-31", 7)
    assert alice.api.put(path_of(todo), values).status_code == 200
    assert following(alice, todo) is None


@pytest.mark.parametrize("method", ["patch", "put"])
@pytest.mark.parametrize("has_news", [False, True], ids=["alone", "with news"])
def test_a_file_that_comes_with_its_completion_goes_on_to_the_next(
    alice: Persona, monkeypatch: pytest.MonkeyPatch, method: str, has_news: bool
) -> None:
    """As a device sends both that was offline. One transaction takes the file's row once."""
    claim, claimed = UploadReference.claim, list[str]()

    def between(owner: str, upload_id: str, todo_id: str, **said: Any) -> Any:
        claimed.append(todo_id)
        if has_news and len(claimed) == 2:
            UploadReference.note(owner, upload_id, "1")
        return claim(owner, upload_id, todo_id, **said)

    monkeypatch.setattr(UploadReference, "claim", between)
    upload, todo = ask(alice, b"x")["id"], make(alice, repeat="FREQ=DAILY", due="2090-01-01")
    change = {"title": "x", "completed": True, "attachments": [upload], "repeat": "FREQ=DAILY", "due": "2090-01-01"}
    assert getattr(alice.api, method)(path_of(todo), change).status_code == 200
    for each in (todo["id"], next_id(todo["id"])):
        assert [shown["id"] for shown in alice.api.get(f"{ROOT}{each}/").json()["attachments"]] == [upload]
    assert len(claimed) == (4 if has_news else 2)


def test_a_file_goes_on_for_years(alice: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "MAX_TODOS_OF_UPLOAD", 2)
    upload = upload_of(alice, jpeg())["id"]
    todo = make(alice, repeat="FREQ=DAILY", due="2090-01-01", attachments=[upload])
    for _ in range(3):
        alice.api.patch(path_of(todo), {"completed": True})
        todo = alice.api.get(f"{ROOT}{next_id(todo['id'])}/").json()
        assert [shown["id"] for shown in todo["attachments"]] == [upload]
    alice.api.delete(f"{UPLOADS}{upload}/")
    until(lambda: not any(each["attachments"] for each in alice.api.get(ROOT).json()), "that it is gone from all")


def test_what_comes_completed_has_no_next(alice: Persona) -> None:
    todo = make(alice, due=PAST, repeat="FREQ=DAILY", completed=True)
    assert following(alice, todo) is None


def test_a_wrong_version_changes_nothing(alice: Persona) -> None:
    todo = make(alice, due=PAST, repeat="FREQ=DAILY")
    answer = alice.api.patch(path_of(todo), {"completed": True}, headers={"If-Match": '"v9"'})
    assert answer.status_code == 412
    assert read(alice, todo) == todo
    assert following(alice, todo) is None


def test_delta_sync_tells_of_the_next(alice: Persona) -> None:
    todo = make(alice, due=PAST, repeat="FREQ=DAILY")
    alice.api.patch(path_of(todo), {"completed": True})
    assert {shown["id"] for shown in alice.api.get(f"{ROOT}?since=").json()} == {todo["id"], next_id(todo["id"])}


def test_reopening_takes_the_next_away_though_its_file_got_ready(alice: Persona) -> None:
    asked = ask(alice, jpeg())
    todo = make(alice, attachments=[asked["id"]], repeat="FREQ=DAILY", due="2090-01-01")
    alice.api.patch(path_of(todo), {"completed": True})
    post(asked["upload"], jpeg())
    settled(alice, asked["id"])
    until(lambda: all(one["attachments"][0]["status"] == "ready" for one in alice.api.get(ROOT).json()), "the news")
    alice.api.patch(path_of(todo), {"completed": False})
    assert [one["id"] for one in alice.api.get(ROOT).json()] == [todo["id"]]
