"""An account is deleted: nothing is left of it anywhere, whatever fails on the way."""

import json
import time
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from botocore.exceptions import ClientError
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import override_settings

from accounts import credentials
from config import mail
from config.aws import client
from infra.local import mailbox
from mydata import examples, services, steps
from mydata.holdings import holdings
from mydata.models import Erasure, Export, Import
from mydata.services import export_key, import_key
from reminders.examples import SUBSCRIPTION_INPUT
from tests.failure_queues import taker
from tests.faulty_ses import FaultySes, served
from tests.media.uploading import jpeg, settled, upload
from tests.mydata.traces import traces
from tests.personas import PASSWORD, Persona
from tests.waiting import until

PATH = "/api/mydata/erasure/"


def ask(persona: Persona) -> Any:
    return persona.api.post(PATH, {"id_token": persona.id_token})


def is_gone(persona: Persona) -> Callable[[], bool]:
    return lambda: Erasure.fetch_or_none((persona.sub,)) is None


def live(persona: Persona) -> None:
    """Leave something in each service."""
    picture = upload(persona, jpeg())["id"]
    settled(persona, picture)
    body = {"title": "Look", "attachments": [picture], "due": "2090-01-31", "remind": 0}
    todos = [persona.api.post("/api/todos/", body).json() for _ in range(2)]
    persona.api.delete(f"/api/todos/{todos[1]['id']}/")
    assert persona.api.put("/api/todos/lists/00000000-0000-4000-8000-000000000001/", {"name": "Home"}).status_code < 300
    assert persona.api.put("/api/reminders/settings/", {"zone": "UTC", "mail": True}).status_code == 200
    assert persona.api.post("/api/reminders/subscriptions/", SUBSCRIPTION_INPUT).status_code == 201
    assert persona.api.post("/api/live/tickets/").status_code == 201
    assert persona.api.post("/api/blog/subscribers/", {"email": persona.email}).status_code == 202
    s3, key = client("s3"), f"users/{persona.sub}/notes.txt"
    for text in (b"one", b"two"):
        s3.put_object(Bucket=settings.UPLOADS_BUCKET, Key=key, Body=text)
    s3.delete_object(Bucket=settings.UPLOADS_BUCKET, Key=key)
    s3.put_object(Bucket=settings.UPLOADS_BUCKET, Key=export_key(persona.sub, "1"), Body=b"packed")
    s3.put_object(Bucket=settings.UPLOADS_BUCKET, Key=import_key(persona.sub, "1"), Body=b"to import")
    Export.ask(persona.sub)
    Import.ask(persona.sub)
    until(lambda: any("a schedule" in each for each in traces(persona)), "the schedule")


def test_nothing_is_left_whatever_fails(alice: Persona, bob: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    live(alice)
    bob.api.post("/api/todos/", {"title": "Stays"})
    failed: list[str] = []
    for name in ("close", "erase", "prove", "end"):
        monkeypatch.setattr(steps, name, _dying(name, getattr(steps, name), failed))
    answer = ask(alice)
    assert answer.status_code == 202, answer.content
    assert set(answer.json()) == set(examples.ERASURE)
    until(is_gone(alice), "the end of the account", 120)
    assert sorted(set(failed)) == ["close", "end", "erase", "prove"]
    assert traces(alice) == []
    mails = [each for each in mailbox.mails() if alice.email in each.to and each.subject == "Your account is deleted"]
    assert 1 <= len(mails) <= 2
    assert [todo["title"] for todo in bob.api.get("/api/todos/").json()] == ["Stays"]


def _dying(name: str, step: Callable[..., Any], failed: list[str]) -> Callable[..., Any]:
    """The step; its first call dies after its work, which the next one does again."""

    def run(state: Any, context: Any) -> Any:
        answer = step(state, context)
        if name not in failed:
            failed.append(name)
            raise ConnectionError(name)
        return answer

    return run


@pytest.mark.parametrize("is_gone_from_cognito", [False, True])
def test_an_operator_deletes_who_can_not_ask(alice: Persona, is_gone_from_cognito: bool) -> None:
    alice.api.post("/api/todos/", {"title": "Left behind"})
    if is_gone_from_cognito:
        client("cognito-idp").admin_delete_user(UserPoolId=settings.COGNITO["user_pool_id"], Username=alice.sub)
        with pytest.raises(CommandError, match="nobody with this address"):
            call_command("deleteaccount", alice.email, "--noinput")
    call_command("deleteaccount", alice.sub if is_gone_from_cognito else alice.email, "--noinput", stdout=StringIO())
    until(is_gone(alice), "the end")
    assert list(traces(alice)) == []


def test_an_operator_who_types_another_name_deletes_nobody(alice: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda _: "alice")
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("deleteaccount", alice.email)
    assert Erasure.fetch_or_none((alice.sub,)) is None


def test_nobody_signs_in_while_it_is_under_way(alice: Persona) -> None:
    Erasure.keep(alice.sub, alice.email)
    assert steps.close({"owner": alice.sub}, None)["next"] == "Erase"
    users = client("cognito-idp")
    with pytest.raises(users.exceptions.NotAuthorizedException):
        users.initiate_auth(
            ClientId=settings.COGNITO["client_ids"][1],
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": alice.email, "PASSWORD": PASSWORD},
        )


def test_what_a_token_of_before_writes_is_found(alice: Persona) -> None:
    Erasure.keep(alice.sub, alice.email)
    state: steps.State = {"owner": alice.sub, "settled": True}
    assert steps.erase(state, None)["next"] == "Prove"
    assert steps.prove(state, None)["next"] == "End"
    assert alice.api.post("/api/todos/", {"title": "Late"}).status_code == 201
    found = steps.prove(state, None)
    assert (found["next"], found["rounds"]) == ("Erase", 1)
    with pytest.raises(steps.NotErased, match="the table todos"):
        steps.prove({**state, "rounds": steps.MAX_ROUNDS}, None)
    assert steps.erase(found, None)["next"] == "Prove"
    assert steps.prove(found, None)["next"] == "End"


@pytest.mark.parametrize("name", ["a\x01b", "\x1f", "c\ufffe"])
def test_a_file_goes_whose_name_no_xml_has(alice: Persona, name: str) -> None:
    """Its user can put it there with an SDK: what deletes many keys at once can't name it, nor then the others."""
    s3, bucket = client("s3"), settings.UPLOADS_BUCKET
    keys = [f"users/{alice.sub}/{each}" for each in (name, "plain.txt")]
    found = [{"Key": key, "VersionId": s3.put_object(Bucket=bucket, Key=key, Body=b"x")["VersionId"]} for key in keys]
    next(each for each in holdings() if each.name == "the bucket UPLOADS_BUCKET").remove(found)
    for key in keys:
        with pytest.raises(ClientError, match="404"):
            s3.head_object(Bucket=bucket, Key=key)


def test_it_goes_on_when_time_is_short(alice: Persona) -> None:
    class Late:
        def get_remaining_time_in_millis(self) -> int:
            return 0

    alice.api.post("/api/todos/", {"title": "One"})
    Erasure.keep(alice.sub, None)
    turns = 0
    while steps.erase({"owner": alice.sub}, Late())["next"] == "Erase":
        turns += 1
    assert turns >= 1
    assert not [each for each in traces(alice) if "-todos" in each]


def test_what_fails_for_good_goes_on_from_the_failure_queue(alice: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    take = taker("erasures-failures")

    def refuse(state: Any, context: Any) -> Any:
        raise steps.NotErased("something is left")

    with monkeypatch.context() as patch:
        patch.setattr(steps, "prove", refuse)
        assert ask(alice).status_code == 202
        lost = until(take, "the failure")
    assert lost == [{"owner": alice.sub}]
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName=f"{settings.DYNAMO['TABLE_PREFIX']}erasures")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(lost[0]))
    until(is_gone(alice), "the end of the account")
    assert traces(alice) == []


def test_a_mail_that_is_refused_keeps_nothing(alice: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    Erasure.keep(alice.sub, alice.email)
    with served(FaultySes({alice.email}, rate=14, throttled=0, lost=0)) as ses:
        monkeypatch.setattr(mail, "client", lambda _name: ses)
        assert steps.end({"owner": alice.sub, "settled": True}, None)["next"] == "Stop"
    assert is_gone(alice)()
    assert not [each for each in mailbox.mails() if alice.email in each.to and "deleted" in each.subject]


def test_a_slow_ses_sends_one_mail_and_ends_the_account(alice: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may have taken a mail whose answer is lost: each of many tries would send another."""
    Erasure.keep(alice.sub, alice.email)
    faults = FaultySes(set(), rate=14, throttled=0, lost=1)
    with served(faults) as ses:
        monkeypatch.setattr(mail, "client", lambda _name: ses)
        assert steps.end({"owner": alice.sub, "settled": True}, None)["next"] == "Stop"
    assert is_gone(alice)()
    assert faults.accepted == {alice.email: 1}


def test_an_execution_begins_once_for_a_message(alice: Persona) -> None:
    for _ in range(2):
        services.begin("ERASURE_MACHINE", name=alice.sub, state={"owner": alice.sub})


def test_it_is_asked_for_so_often_an_hour(alice: Persona) -> None:
    """Each begins an execution: thousands would take the functions that answer everybody."""
    with override_settings(THROTTLES={**settings.THROTTLES, "erasure": [("user", 1, 3600)]}):
        body = {"id_token": "x"}
        assert [alice.api.post(PATH, body).status_code for _ in range(2)] == [400, 429]


def test_a_proof_of_the_password_is_asked_for(alice: Persona, bob: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    for body, pointer in (
        ({}, "/id_token"),
        ({"id_token": bob.id_token}, "/id_token"),
        ({"id_token": "x"}, "/id_token"),
    ):
        answer = alice.api.post(PATH, body)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == pointer
    monkeypatch.setattr(credentials, "RECENT_SECONDS", -time.time())
    answer = ask(alice)
    assert answer.status_code == 400
    assert "password" in answer.json()["errors"][0]["detail"]
    assert Erasure.fetch_or_none((alice.sub,)) is None
