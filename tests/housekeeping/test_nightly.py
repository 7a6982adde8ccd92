"""A night: what posts lead to, what files have no row, how large tables are; whatever fails on the way."""

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Never

import boto3
import pytest
from django.conf import settings
from django.core.management import call_command

from config.aws import client
from dynamo.counters import count
from housekeeping import fetch, files, runs, texts
from housekeeping.events import keep_house
from housekeeping.models import DONE, Link, Run, digest_of
from housekeeping.services import send
from housekeeping.turns import Turn
from media.models import Upload
from serverless.events import Context
from tests.blog.writing import at, write
from tests.failure_queues import taker
from tests.housekeeping.web import Web, running
from tests.media.uploading import ask, jpeg, upload
from tests.personas import Persona
from tests.waiting import until


class Short:
    """A worker whose time is always short."""

    def get_remaining_time_in_millis(self) -> int:
        return 20_000


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """The only place that is asked of the web."""
    real = fetch.look

    def look(url: str, *, agent: str, allowed: fetch.Judge) -> fetch.Answer:
        return real(url, agent=agent, allowed=here) if url.startswith(web.url) else fetch.Answer()

    def here(address: str, port: int) -> bool:
        return address == "127.0.0.1"

    with running({"/": 200, "/broken": 500}) as web:
        monkeypatch.setattr(fetch, "look", look)
        monkeypatch.setattr(texts, "PAUSE", 0)
        yield web


def night(context: Context | None = None) -> Run:
    """A whole one, done in this thread."""
    run = f"{uuid.uuid4().hex}-nightly"
    runs.keep_house(run, "nightly", context)
    return Run.fetch((run,))


def found(run: Run, post: Mapping[str, str]) -> list[list[str]]:
    """What it says of a post."""
    return [[kind, what, why] for kind, place, what, why in json.loads(run.found) if place == f"/posts/{post['slug']}/"]


def test_it_finds_what_posts_lead_to_that_is_not_there(edith: Persona, web: Web) -> None:
    photo = upload(edith, jpeg(), visibility="public")
    other, draft = write(edith), write(edith, published_at=None)
    renamed = write(edith)
    edith.api.patch(f"/api/blog/posts/{renamed['slug']}/", {"slug": f"{renamed['slug']}-new"})
    links = [f"/posts/{slug}/" for slug in (other["slug"], renamed["slug"], draft["slug"], "never-there")]
    pictures = [f"{settings.THUMBNAILS_URL}/blog/{uuid.uuid4()}/640.webp"]
    body = " ".join(f"[x]({each})" for each in [*links, f"{web.url}/", f"{web.url}/lost#part", "mailto:a@example.com"])
    body += "".join(f"\n\n![Fields]({each})" for each in pictures)
    post = write(edith, body=body, hero={"upload": photo["id"], "alt": "Fields"})
    unseen = write(edith, body="[x](/posts/never-there/)", published_at=at(days=1))
    run = night()
    assert run.status == DONE
    assert sorted(found(run, post)) == [
        ["link", f"{web.url}/lost", "answers 404"],
        *sorted(["page", f"/posts/{slug}/", "there is no such page"] for slug in (draft["slug"], "never-there")),
        ["picture", pictures[0].partition(f"{settings.THUMBNAILS_URL}/")[2], "there is no such file"],
    ]
    assert found(run, unseen) == []
    assert {method for method, path, _ in web.asked if path == "/"} == {"HEAD"}


def test_what_is_no_address_at_all_is_told_and_stops_nothing(edith: Persona, web: Web) -> None:
    """HTML in a post may have it, as browsers make something of it."""
    slug = write(edith, body='<a href="//[fe80::1/">typed</a> <a href="//a\u2100b.example/">pasted</a>')["slug"]
    found = [each for each in json.loads(night().found) if each[1] == f"/posts/{slug}/"]
    reason = "is no address of the public web"
    assert found == [["link", f"/posts/{slug}/", each, reason] for each in ("//[fe80::1/", "//a\u2100b.example/")]


def test_what_no_row_and_no_file_can_be_called_is_asked_as_any_address_is(edith: Persona, web: Web) -> None:
    """DynamoDB and S3 refuse such keys; a post with one stopped every night, also one that leads to all posts."""
    links = ["/posts/", "/posts/?page=2", f"/posts/{'x' * 3000}/", f"https://{'x' * 3000}.example/"]
    links += [f"{settings.THUMBNAILS_URL}/blog/{'x' * 1100}.webp"]
    post = write(edith, body=" ".join(f"[x]({each})" for each in links))
    run = night()
    assert run.status == DONE
    assert found(run, post) == []
    assert known(f"{settings.SITE_URL}/posts/?page=2").places == [f"/posts/{post['slug']}/"]


def test_a_picture_of_a_post_that_is_gone_from_s3_is_told(edith: Persona, web: Web) -> None:
    photo = upload(edith, jpeg(), visibility="public")
    post = write(edith, hero={"upload": photo["id"], "alt": "Fields"})
    key = photo["renditions"][0]["webp"].partition(f"{settings.THUMBNAILS_URL}/")[2]
    client("s3").delete_object(Bucket=settings.THUMBNAILS_BUCKET, Key=key)
    assert found(night(), post) == [["picture", key, "there is no such file"]]


def known(address: str) -> Link:
    return Link.fetch((digest_of(address),))


def age(address: str, by: timedelta) -> None:
    """As if it had been asked so long ago."""
    row = known(address)
    row.checked_at -= by
    row.save()


def test_who_answered_is_left_in_peace_for_days_and_who_did_not_is_asked_the_next_night(
    edith: Persona, web: Web
) -> None:
    fine, lost = f"{web.url}/", f"{web.url}/lost"
    post = write(edith, body=f"[x]({fine}) [y]({lost})")
    night()
    web.asked.clear()
    assert found(night(), post) == [["link", lost, "answers 404"]]
    assert web.asked == []
    age(fine, timedelta(days=1))
    age(lost, timedelta(days=1))
    web.pages["/lost"] = 200
    assert found(night(), post) == []
    assert [asked[:2] for asked in web.asked] == [("HEAD", "/lost")]
    assert known(lost).shelf is None
    age(fine, timedelta(days=7))
    night()
    assert [asked[:2] for asked in web.asked[1:]] == [("HEAD", "/")]


def test_a_passing_trouble_is_told_after_three_nights(edith: Persona, web: Web) -> None:
    address = f"{web.url}/broken"
    post = write(edith, body=f"[x]({address})")
    for failures in (1, 2):
        assert found(night(), post) == []
        assert known(address).failures == failures
        age(address, timedelta(days=1))
    assert found(night(), post) == [["link", address, "answers 500"]]
    since = known(address).since
    age(address, timedelta(days=1))
    night()
    assert known(address).since == since


def test_no_host_is_asked_too_often(edith: Persona, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others wait for another night; no number of them is too many for a run to end."""
    write(edith, body=" ".join(f"[x]({web.url}/{number})" for number in range(20)))
    monkeypatch.setattr(texts, "_may_ask", lambda _: count(f"links:{web.url}", texts.DAY)[0] <= 7)
    assert night().status == DONE
    assert len({path for _, path, _ in web.asked}) == 7


def test_a_hosts_limit_is_counted_by_its_name() -> None:
    host = f"{uuid.uuid4().hex}.example"
    allowed = [texts._may_ask(f"https://{host}/{number}") for number in range(texts.MOST_PER_HOST + 3)]
    assert allowed.count(True) == texts.MOST_PER_HOST
    assert not any(allowed[-3:])


def test_it_goes_on_where_its_time_ended(edith: Persona, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each turn comes further, and the last says the same as one that had all the time."""
    monkeypatch.setattr(texts, "ASKED", 3)
    monkeypatch.setattr(texts, "PAGES", 2)
    post = write(edith, body=" ".join(f"[x]({web.url}/{number})" for number in range(10)))
    sent: list[tuple[str, str]] = []
    monkeypatch.setattr(runs, "send", lambda run, job: sent.append((run, job)))
    run = f"{uuid.uuid4().hex}-nightly"
    turns = 0
    while turns == 0 or sent:
        sent.clear()
        runs.keep_house(run, "nightly", Short())
        turns += 1
    assert turns > 4
    row = Run.fetch((run,))
    assert row.status == DONE
    assert len(found(row, post)) == 10
    assert len([path for method, path, _ in web.asked if method == "HEAD"]) == 10
    whole = json.loads(night().numbers)
    assert {name: whole[name] for name in ("pages", "links", "broken")} == {
        name: json.loads(row.numbers)[name] for name in ("pages", "links", "broken")
    }


def test_a_worker_that_dies_leaves_the_next_one_to_do_its_turn_again(
    edith: Persona, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = write(edith, body=f"[x]({web.url}/lost)")
    run, steps = f"{uuid.uuid4().hex}-nightly", runs.STEPS["nightly"]
    died: list[int] = []

    def dying(number: int) -> runs.Step:
        def step(position: Any, context: Any) -> Any:
            turn = steps[number](position, context)
            if number not in died:
                died.append(number)
                raise ConnectionError(number)
            return turn

        return step

    monkeypatch.setattr(runs, "STEPS", {"nightly": [dying(number) for number in range(len(steps))]})
    for _ in steps:
        with pytest.raises(ConnectionError):
            runs.keep_house(run, "nightly", None)
    runs.keep_house(run, "nightly", None)
    assert Run.fetch((run,)).status == DONE
    assert found(Run.fetch((run,)), post) == [["link", f"{web.url}/lost", "answers 404"]]


def test_a_step_that_fails_keeps_no_other_from_being_done(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(position: object, context: object) -> Never:
        raise ConnectionError

    run, steps = f"{uuid.uuid4().hex}-nightly", runs.STEPS["nightly"]
    monkeypatch.setattr(runs, "STEPS", {"nightly": [failing, *steps[1:]]})
    for _ in range(2):
        with pytest.raises(ConnectionError):
            runs.keep_house(run, "nightly", None)
    assert {"files", "tables"} <= json.loads(Run.fetch((run,)).numbers).keys()
    monkeypatch.setattr(runs, "STEPS", {"nightly": steps})
    runs.keep_house(run, "nightly", None)
    assert (Run.fetch((run,)).status, "pages" in Run.fetch((run,)).numbers) == (DONE, True)


def test_of_two_workers_with_the_same_message_one_goes_on(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    run, real = f"{uuid.uuid4().hex}-nightly", runs.STEPS["nightly"]

    def slow(position: Any, context: Any) -> Any:
        if position is None:
            monkeypatch.setattr(runs, "STEPS", {"nightly": real})
            runs.keep_house(run, "nightly", None)
        return real[0](position, context)

    monkeypatch.setattr(runs, "STEPS", {"nightly": [slow, *real[1:]]})
    runs.keep_house(run, "nightly", None)
    row = Run.fetch((run,))
    assert row.status == DONE
    assert json.loads(row.numbers)["pages"] == json.loads(night().numbers)["pages"]


def test_files_without_a_row_and_uploads_nobody_finished_are_told_and_kept(
    alice: Persona, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not before they are a day old, and without their names, which are their owner's."""
    before = json.loads(night().numbers)
    upload(alice, jpeg())
    waiting = ask(alice, jpeg())["id"]
    # A name no user has, so that the event of its file makes no row.
    folder = f"users/nobody.{uuid.uuid4()}/"
    client("s3").put_object(Bucket=settings.UPLOADS_BUCKET, Key=f"{folder}secret-name.txt", Body=b"text")
    assert folder not in night().found
    monkeypatch.setattr(files, "AGE", timedelta(days=-1))
    run = night()
    # Other tests leave files, too.
    assert ["file", folder, "1 files, 4 bytes", "no row knows them"] in json.loads(run.found)
    assert "secret-name" not in run.found
    numbers = json.loads(run.numbers)
    assert numbers["files without a row"] >= 1
    assert numbers["unfinished uploads"] > before["unfinished uploads"]
    stored = client("s3").get_object(Bucket=settings.UPLOADS_BUCKET, Key=f"{folder}secret-name.txt")
    assert stored["Body"].read() == b"text"
    assert Upload.fetch((alice.sub, waiting)).status == "waiting"


def test_a_bucket_of_many_files_is_gone_through_page_by_page(
    alice: Persona, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LISTED", 1)
    for _ in range(3):
        upload(alice, jpeg())
    paged = json.loads(night().numbers)
    monkeypatch.setattr(files, "LISTED", 1000)
    assert paged["files"] == json.loads(night().numbers)["files"] >= 3


def test_tables_are_measured(web: Web) -> None:
    tables = json.loads(night().numbers)["tables"]
    assert {"todos", "posts", "runs", "sessions"} <= set(tables)
    rows, size = tables["runs"]
    assert rows > 0
    assert size > 0


def test_what_is_found_beyond_a_rows_size_is_counted(edith: Persona, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "MOST_FOUND", 3)
    write(edith, body=" ".join(f"[x](/posts/{uuid.uuid4()}/)" for _ in range(5)))
    run = night()
    assert len(json.loads(run.found)) == 3
    assert json.loads(run.numbers)["broken"] >= 5


@pytest.mark.parametrize(("odd", "many"), [("é" * 50_000, 6), ("\\" * 500, 400), ("😀" * 500, 399)])
def test_addresses_that_are_longer_than_a_row_leave_room_for_others(
    monkeypatch: pytest.MonkeyPatch, odd: str, many: int
) -> None:
    """A post may hold them, and DynamoDB takes rows of 400 KB."""
    long = ["link", f"/posts/{odd}/", f"https://example.com/?{odd}", odd]
    more = Turn(None, {"broken": 1}, [["link", "/posts/b/", "//x", "none"]])
    turns = iter([Turn([1], {"broken": many}, [long] * many), more])
    monkeypatch.setitem(runs.STEPS, "nightly", [lambda *_: next(turns)])
    run = night()
    assert run.status == DONE
    assert len(json.loads(run.found)) == min(many + 1, runs.MOST_FOUND)
    assert json.loads(run.numbers)["broken"] == many + 1


# --- Messages ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("job", ["nightly", "weekly"])
def test_the_clocks_name_the_run_so_whenever_its_message_comes_again_it_goes_on(job: str) -> None:
    events, sqs, name = boto3.client("events"), client("sqs"), f"clock-{uuid.uuid4().hex}"
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    clock = f"{settings.DYNAMO['TABLE_PREFIX']}housekeeping-{job}"
    (target,) = events.list_targets_by_rule(Rule=clock)["Targets"]
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    events.put_targets(Rule=name, Targets=[{**target, "Arn": arn}])
    events.put_events(Entries=[{"Source": name, "DetailType": "a tick", "Detail": "{}"}])
    (message,) = until(lambda: sqs.receive_message(QueueUrl=queue).get("Messages"), "the message")
    said = json.loads(message["Body"])
    assert said["job"] == job
    assert re.fullmatch(rf"\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\dZ-{job}", said["run"])
    events.remove_targets(Rule=name, Ids=[target["Id"]])
    events.delete_rule(Name=name)
    sqs.delete_queue(QueueUrl=queue)


def test_a_message_that_comes_twice_is_one_run(web: Web) -> None:
    run = f"{uuid.uuid4().hex}-nightly"
    record = {"messageId": "1", "eventSource": "aws:sqs", "body": json.dumps({"job": "nightly", "run": run})}
    for _ in range(2):
        assert keep_house({"Records": [record]}, None) == {"batchItemFailures": []}
    assert Run.fetch((run,)).status == DONE
    assert len([each for each in Run.latest().all() if each.id == run]) == 1


@pytest.mark.parametrize("body", ['{"job": "monthly", "run": "x"}', '{"job": "nightly"}', "{}", "[]", "no JSON"])
def test_a_message_that_can_not_be_read_is_put_aside(body: str) -> None:
    record = {"messageId": "1", "eventSource": "aws:sqs", "body": body}
    assert keep_house({"Records": [record]}, None) == {"batchItemFailures": [{"itemIdentifier": "1"}]}


def test_a_run_that_fails_for_good_goes_on_from_the_failure_queue(
    web: Web, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    take = taker("housekeeping-failures")

    def refuse(position: Any, context: Any) -> Any:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(runs, "STEPS", {"nightly": [refuse], "weekly": [refuse]})
        call_command("keep_house")
        lost = until(take, "the failure")
    run = capsys.readouterr().out.split()[-1]
    assert lost == [{"run": run, "job": "nightly"}]
    send(**lost[0])
    until(lambda: Run.fetch((run,)).status == DONE, "the end of the run")
