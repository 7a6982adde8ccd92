"""Failed events in the admin: seen, and sent on their way again without losing one. For admins alone."""

import json
import uuid
from threading import Barrier
from typing import Any

import pytest
from django.conf import settings

from accounts.staff import failures
from blog.models import Subscriber, Welcome
from config.aws import client
from dynamo.models import table
from infra.local.mailbox import mails
from tests.blog.admin.desk import Desk, notes, text
from tests.blog.news import subscription
from tests.waiting import until

PAGE = "/admin/failures/"


@pytest.fixture
def ada() -> Desk:
    """May do everything."""
    return Desk("admins")


def put(queue: str, body: Any) -> None:
    """A message into a queue of this stage."""
    client("sqs").send_message(QueueUrl=url(queue), MessageBody=json.dumps(body))


def url(queue: str) -> str:
    name = f"{settings.DYNAMO['TABLE_PREFIX']}{queue}"
    return client("sqs").get_queue_url(QueueName=name)["QueueUrl"]


def wait_for_welcome(email: str) -> None:
    until(lambda: Subscriber.fetch((email,)).status == Welcome.SENT, "the welcome")


def waiting(queue: str) -> int:
    found = {one.name: one.waiting for one in failures.queues()}
    return found[queue] or 0


def unknown(name: str) -> dict[str, Any]:
    """What media would say of a private upload nobody shows: harmless to be handled."""
    news = {
        "type": "upload.ready", "owner": "nobody", "id": name, "name": "x.jpg", "content_type": "image/jpeg", "size": 1,
        "width": 1, "height": 1, "reason": None, "visibility": "private", "renditions": [], "sequencer": "0" * 32,
        "at": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    return {"Type": "Notification", "Message": json.dumps(news)}


@pytest.fixture(autouse=True)
def _empty() -> None:
    for name in settings.FAILURE_QUEUES:
        client("sqs").purge_queue(QueueUrl=url(name))


def test_it_shows_what_failed(ada: Desk) -> None:
    mark = str(uuid.uuid4())
    put("blog-media-failures", unknown(mark))
    assert "Failed events" in text(ada.get("/admin/"))
    assert "blog-media" in text(ada.get(PAGE))
    page = text(ada.get(f"{PAGE}blog-media-failures/"))
    assert mark in page
    assert page.count("Send this one") == 1


def test_a_slow_sqs_holds_the_page_up_once_and_not_for_each_queue(ada: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    together = Barrier(len(settings.FAILURE_QUEUES))

    def waiting_for_all(name: str) -> None:
        together.wait(10)

    monkeypatch.setattr(failures, "_waiting", waiting_for_all)
    assert text(ada.get(PAGE)).count("t be asked") == len(settings.FAILURE_QUEUES)


def test_what_there_is_no_time_for_stays(ada: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """API Gateway would answer in place of a page that handles a hundred slow events."""
    put("blog-media-failures", unknown("u"))
    monkeypatch.setattr(failures, "TURN_SECONDS", -1)
    assert "It takes long" in notes(ada.post(f"{PAGE}blog-media-failures/", {}, follow=True))
    assert waiting("blog-media-failures") == 1


def test_a_message_goes_back_to_its_queue_and_is_handled(ada: Desk) -> None:
    for number in range(3):
        put("blog-media-failures", unknown(f"u{number}"))
    answer = ada.post(f"{PAGE}blog-media-failures/", {}, follow=True)
    assert "3 events sent on the way again." in notes(answer)
    assert waiting("blog-media-failures") == 0

    def handled() -> bool:
        found = client("sqs").get_queue_attributes(QueueUrl=url("blog-media"), AttributeNames=["All"])["Attributes"]
        return found["ApproximateNumberOfMessages"] == found["ApproximateNumberOfMessagesNotVisible"] == "0"

    until(handled, "the end of the messages")
    assert waiting("blog-media-failures") == 0


def test_one_is_sent_and_the_others_stay(ada: Desk) -> None:
    for number in range(3):
        put("todos-media-failures", unknown(f"u{number}"))
    (first, *_) = failures.look("todos-media-failures")
    until(lambda: len(failures.look("todos-media-failures")) == 3, "all messages")
    until(
        lambda: "1 event sent" in notes(ada.post(f"{PAGE}todos-media-failures/", {"message": first.id}, follow=True)),
        "the message",
    )
    left = until(lambda: failures.look("todos-media-failures"), "the others")
    assert first.id not in {failure.id for failure in left}
    assert waiting("todos-media-failures") == 2


def test_a_streams_records_are_read_and_handled(ada: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    email = f"reader-{uuid.uuid4().hex[:12]}@example.com"
    Subscriber.subscribe(email)
    wait_for_welcome(email)
    Subscriber.change((email,), [Subscriber.status.set(Welcome.PENDING.value)])
    put("welcome-failures", {"DDBStreamBatchInfo": batch_of(email)})
    before = sum(mail.to == email for mail in mails())
    answer = ada.post(f"{PAGE}welcome-failures/", {}, follow=True)
    assert "1 event sent on the way again." in notes(answer)
    assert sum(mail.to == email for mail in mails()) == before + 1
    assert waiting("welcome-failures") == 0


def test_a_record_put_aside_is_handled_from_the_message_itself(ada: Desk) -> None:
    email = f"reader-{uuid.uuid4().hex[:12]}@example.com"
    Subscriber.subscribe(email)
    wait_for_welcome(email)
    Subscriber.change((email,), [Subscriber.status.set(Welcome.PENDING.value)])
    record = subscription(email)
    source = f"arn:aws:dynamodb:us-east-1:000000000000:table/{settings.DYNAMO['TABLE_PREFIX']}subscribers/stream/x"
    put("welcome-failures", {"reason": "a bug, mended since", "Records": [{**record, "eventSourceARN": source}]})
    before = sum(mail.to == email for mail in mails())
    assert "1 event sent on the way again." in notes(ada.post(f"{PAGE}welcome-failures/", {}, follow=True))
    assert sum(mail.to == email for mail in mails()) == before + 1
    assert waiting("welcome-failures") == 0


def test_of_a_batch_larger_than_a_page_of_the_stream_none_is_lost(ada: Desk) -> None:
    """The stream gives a megabyte at once, and Lambda takes six of them for one batch."""
    emails = [f"reader-{uuid.uuid4().hex[:12]}@example.com" for _ in range(3)]
    for email in emails:
        # What is written down of each welcome is a record of twice the size between them.
        Subscriber(email, address=email, reason="x" * 300_000).create()
        wait_for_welcome(email)
        Subscriber.change((email,), [Subscriber.status.set(Welcome.PENDING.value)])
    put("welcome-failures", {"DDBStreamBatchInfo": batch_of(*emails)})
    before = [sum(mail.to == email for mail in mails()) for email in emails]
    assert "1 event sent on the way again." in notes(ada.post(f"{PAGE}welcome-failures/", {}, follow=True))
    assert [sum(mail.to == email for mail in mails()) for email in emails] == [number + 1 for number in before]


def test_of_a_batch_that_the_stream_gives_in_part_none_is_sent(ada: Desk) -> None:
    email = f"reader-{uuid.uuid4().hex[:12]}@example.com"
    Subscriber.subscribe(email)
    wait_for_welcome(email)
    put("welcome-failures", {"DDBStreamBatchInfo": {**batch_of(email), "endSequenceNumber": "9" * 30}})
    answer = ada.post(f"{PAGE}welcome-failures/", {}, follow=True)
    assert "The stream does not give all of these records now." in notes(answer)
    assert waiting("welcome-failures") == 1


def test_a_record_that_can_not_be_read_keeps_no_other_of_its_batch_waiting(ada: Desk) -> None:
    broken, email = (f"reader-{uuid.uuid4().hex[:12]}@example.com" for _ in range(2))
    client("dynamodb").put_item(TableName=table("subscribers"), Item={"email": {"S": broken}})
    Subscriber.subscribe(email)
    wait_for_welcome(email)
    until(lambda: waiting("welcome-failures") == 1, "the one that can't be read, as its worker has put it aside")
    client("sqs").purge_queue(QueueUrl=url("welcome-failures"))
    Subscriber.change((email,), [Subscriber.status.set(Welcome.PENDING.value)])
    put("welcome-failures", {"DDBStreamBatchInfo": batch_of(broken, email)})
    assert "1 event sent on the way again." in notes(ada.post(f"{PAGE}welcome-failures/", {}, follow=True))
    assert Subscriber.fetch((email,)).status == Welcome.SENT
    (left,) = until(lambda: failures.look("welcome-failures"), "the one that can't be read, put aside again")
    assert broken in left.body


def batch_of(*emails: str) -> dict[str, Any]:
    """Where the records of new subscribers, and those between them, are in the stream, as Lambda says it."""
    streams = client("dynamodbstreams")
    arn = streams.list_streams(TableName=f"{settings.DYNAMO['TABLE_PREFIX']}subscribers")["Streams"][0]["StreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    at = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    all_there: list[Any] = []
    while (page := streams.get_records(ShardIterator=at))["Records"]:
        all_there += page["Records"]
        at = page["NextShardIterator"]
    numbers = [record["dynamodb"]["SequenceNumber"] for record in all_there]
    places = [
        place
        for place, record in enumerate(all_there)
        if record["eventName"] == "INSERT" and record["dynamodb"]["Keys"]["email"]["S"] in emails
    ]
    return {
        "shardId": shard, "startSequenceNumber": numbers[places[0]], "endSequenceNumber": numbers[places[-1]],
        "batchSize": places[-1] - places[0] + 1, "streamArn": arn,
    }  # fmt: skip


@pytest.mark.parametrize("body", [{}, {"DDBStreamBatchInfo": {"streamArn": "x"}}, [], "text"])
def test_what_can_not_be_sent_on_stays_and_says_why(ada: Desk, body: Any) -> None:
    put("welcome-failures", body)
    answer = ada.post(f"{PAGE}welcome-failures/", {}, follow=True)
    assert answer.status_code == 200
    assert "sent on" not in notes(answer)
    assert notes(answer)
    assert waiting("welcome-failures") == 1


def test_it_is_for_admins_alone() -> None:
    for group in ("publishers", "viewers"):
        desk = Desk(group)
        assert desk.get(PAGE).status_code == 403
        assert desk.post(f"{PAGE}welcome-failures/", {}).status_code == 403
        assert "Failed events" not in text(desk.get("/admin/"))


def test_there_are_no_other_queues(ada: Desk) -> None:
    assert ada.get(f"{PAGE}thumbnails/").status_code == 404
