"""The mail of the week: to administrators, once each, with what they should know."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings

from blog.models import Subscriber
from blog.models.reads import Reads
from config import mail
from config.aws import client
from dynamo.models import now
from housekeeping import runs, weekly
from housekeeping.models import BROKEN, DONE, Link, Run, digest_of
from infra.local.mailbox import mails
from tests.blog.writing import write
from tests.failure_queues import taker
from tests.faulty_ses import FaultySes, served
from tests.personas import Persona, sign_up


@pytest.fixture(scope="module")
def adam() -> Persona:
    return sign_up("adam", "admins")


def week() -> Run:
    run = f"{uuid.uuid4().hex}-weekly"
    runs.keep_house(run, "weekly", None)
    return Run.fetch((run,))


def got(persona: Persona) -> list[str]:
    """What the mails of the week said to somebody, the newest first."""
    return [each.text for each in mails() if each.to == persona.email and each.subject.startswith("The week at ")]


def broken(since: timedelta, checked: timedelta) -> str:
    address = f"https://{uuid.uuid4().hex}.example/"
    at = now()
    Link(
        digest_of(address), address=address, checked_at=at - checked, failures=1, reason="answers 404",
        since=at - since, places=["/posts/bread/"], shelf=BROKEN, expires=at + timedelta(days=1),
    ).save()  # fmt: skip
    return address


def night(at: timedelta, tables: dict[str, list[int]]) -> None:
    run = Run(uuid.uuid4().hex, job="nightly", status=DONE, numbers=json.dumps({"tables": tables}))
    run.created_at = now() - at
    run.create()


def test_each_administrator_is_told_once(adam: Persona, edith: Persona) -> None:
    other = sign_up("ada", "admins")
    off = sign_up("anna", "admins")
    client("cognito-idp").admin_disable_user(UserPoolId=settings.COGNITO["user_pool_id"], Username=off.email)
    sent = [len(got(each)) for each in (adam, other)]
    run = week()
    assert run.status == DONE
    assert json.loads(run.numbers)["mails"] >= 2
    assert [len(got(each)) for each in (adam, other)] == [number + 1 for number in sent]
    assert got(off) == got(edith) == []


def test_it_tells_what_is_new(adam: Persona, edith: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weekly, "LISTED", 1000)
    day, month = timedelta(days=1), timedelta(days=30)
    new, old, left = broken(day, timedelta(0)), broken(month, timedelta(0)), broken(day, timedelta(days=4))
    for name in ("a", "b"):
        Subscriber.subscribe(f"{name}-{uuid.uuid4().hex}@example.com")
    Subscriber.subscribe(email := f"c-{uuid.uuid4().hex}@example.com")
    Subscriber.confirm(email, "203.0.113.7")
    write(edith)
    slug = f"read-{uuid.uuid4().hex}"
    most = Reads(slug, f"{now() - day:%Y-%m}", total=1_000_000)
    most.save()
    night(timedelta(days=6), {"todos": [100, 1]})
    night(timedelta(0), {"todos": [130, 2_500_000], "posts": [5, 1]})
    queue = client("sqs").get_queue_url(QueueName=f"{settings.DYNAMO['TABLE_PREFIX']}uploads-failures")["QueueUrl"]
    client("sqs").send_message(QueueUrl=queue, MessageBody="{}")
    week()
    take = taker("uploads-failures")
    said = got(adam)[0]
    assert f"  {new} answers 404, in /posts/bread/\n" in said
    assert old not in said
    assert left not in said
    assert "  uploads-failures: 1\n" in said
    confirmed = weekly._number(next(each for each in told() if each.only))
    assert f"Subscribers who came and confirmed: {confirmed}\n" in said
    assert 1 <= confirmed <= sum(1 for _ in Subscriber.confirmed().all())
    assert f"Posts published: {weekly._number(next(each for each in told() if each.table == 'posts'))}\n" in said
    assert f"  {slug}: 1,000,000\n" in said
    assert "  todos: 130 rows, 2.5 MB, +30 rows\n" in said
    assert "  posts: 5 rows, 0.0 MB, +0 rows\n" in said
    assert "No night's run has ended" not in said
    assert f"{settings.SITE_URL}/admin/housekeeping/run/" in said
    most.delete()
    assert take() == []


def test_on_the_first_of_a_month_it_tells_what_was_read_in_the_one_before(
    adam: Persona, monkeypatch: pytest.MonkeyPatch
) -> None:
    slug = f"read-{uuid.uuid4().hex}"
    most = Reads(slug, "2026-05", total=1_000_000)
    most.save()
    monkeypatch.setattr(weekly, "now", lambda: datetime(2026, 6, 1, 6, 17, tzinfo=UTC))  # a Monday
    week()
    assert f"Read most in the month: 2026-05\n  {slug}: 1,000,000\n" in got(adam)[0]
    most.delete()


def told() -> list[Any]:
    return [each for service in settings.DECLARATIONS for each in service.told]


def test_a_week_without_a_night_says_so(adam: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weekly, "NIGHT", timedelta(seconds=-1))
    week()
    assert "No night's run has ended since yesterday" in got(adam)[0]


def test_who_was_told_is_not_told_again_when_a_mail_fails(adam: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails of one leaves the others theirs, once SES takes mail again."""
    people = weekly.admins()
    late = people[-1]
    real, refused = client("sesv2"), [late]

    class Ses:
        def send_email(self, **asked: Any) -> Any:
            if asked["Destination"]["ToAddresses"] == refused:
                raise ConnectionError
            return real.send_email(**asked)

    monkeypatch.setattr(mail, "client", lambda _: Ses())
    run = f"{uuid.uuid4().hex}-weekly"
    before = sum(each.subject.startswith("The week at ") for each in mails())
    with pytest.raises(ConnectionError):
        runs.keep_house(run, "weekly", None)
    refused.clear()
    runs.keep_house(run, "weekly", None)
    assert Run.fetch((run,)).status == DONE
    assert sum(each.subject.startswith("The week at ") for each in mails()) - before == len(people)


def test_who_ses_refuses_keeps_nobody_from_theirs(adam: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    last = sign_up("zoe", "admins")
    before = len(got(last))
    with served(FaultySes({adam.email}, rate=14, throttled=0, lost=0)) as ses:
        monkeypatch.setattr(mail, "client", lambda _: ses)
        run = week()
    assert run.status == DONE
    assert json.loads(run.numbers)["mails"] == len(weekly.admins()) - 1
    assert len(got(last)) == before + 1


def test_a_slow_ses_sends_everybody_one_mail(adam: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may have taken a mail whose answer is lost: the next tries would go to the same person, and to nobody else."""
    faults = FaultySes(set(), rate=14, throttled=0, lost=1)
    with served(faults) as ses:
        monkeypatch.setattr(mail, "client", lambda _: ses)
        assert week().status == DONE
    assert faults.accepted == dict.fromkeys(weekly.admins(), 1)
