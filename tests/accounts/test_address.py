"""Another address, by Cognito's own operations: what goes by it, before and after its code is entered."""

import re

import pytest
from botocore.exceptions import ClientError
from django.conf import settings

from config.aws import client
from infra.local import mailbox
from tests.accounts.editor import Editor
from tests.live import LiveServer
from tests.personas import PASSWORD, Persona, sign_up
from tests.waiting import until


def ask(person: Persona, address: str) -> None:
    client("cognito-idp").update_user_attributes(
        AccessToken=person.access_token, UserAttributes=[{"Name": "email", "Value": address}]
    )


def enter(person: Persona, code: str) -> None:
    client("cognito-idp").verify_user_attribute(AccessToken=person.access_token, AttributeName="email", Code=code)


def code_for(address: str) -> str:
    """The code in the newest mail to that address."""
    text = until(lambda: next((mail.text for mail in mailbox.mails() if mail.to == address), ""), "the mail")
    return str(re.findall(r"\b\d{6}\b", text)[0])


def change(person: Persona) -> str:
    """A new address, verified."""
    address = f"new-{person.email}"
    ask(person, address)
    enter(person, code_for(address))
    return address


def signs_in(address: str) -> bool:
    try:
        client("cognito-idp").initiate_auth(
            ClientId=settings.COGNITO["client_ids"][1],
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": address, "PASSWORD": PASSWORD},
        )
    except ClientError:
        return False
    return True


def test_the_old_address_stays_until_the_code_is_entered(alice: Persona) -> None:
    address = f"new-{alice.email}"
    ask(alice, address)
    assert (signs_in(alice.email), signs_in(address)) == (True, False)
    assert alice.api.get("/api/me/").json()["email"] == alice.email
    code = code_for(address)
    with pytest.raises(ClientError, match="CodeMismatch"):
        enter(alice, f"{(int(code) + 1) % 1_000_000:06}")
    enter(alice, code)
    # The same token asks Cognito, so it tells the new address at once.
    assert alice.api.get("/api/me/").json()["email"] == address
    assert (signs_in(alice.email), signs_in(address)) == (False, True)


def test_nobody_takes_anothers_address(alice: Persona, bob: Persona) -> None:
    with pytest.raises(ClientError, match="AliasExists"):
        ask(alice, bob.email.upper())
    assert alice.api.get("/api/me/").json()["email"] == alice.email


def test_two_who_ask_for_one_address_are_not_both_given_it(alice: Persona, bob: Persona) -> None:
    address = f"both-{alice.email}"
    ask(alice, address)
    first = code_for(address)
    ask(bob, address)
    second = until(lambda: code_for(address) if code_for(address) != first else "", "the other code")
    enter(alice, first)
    with pytest.raises(ClientError, match="AliasExists"):
        enter(bob, second)
    assert bob.api.get("/api/me/").json()["email"] == bob.email


def test_reminders_by_mail_go_to_the_address_of_when_they_were_set(alice: Persona) -> None:
    from reminders.models import Preferences

    wanted = {"zone": "UTC", "time": "09:00", "mail": True}
    assert alice.api.put("/api/reminders/settings/", wanted).status_code == 200
    address = change(alice)
    assert alice.api.put("/api/reminders/settings/", wanted).status_code == 200
    assert Preferences.of(alice.sub).email == address


def test_the_end_of_an_account_is_told_to_the_address_of_now(alice: Persona) -> None:
    address = change(alice)
    token = client("cognito-idp").initiate_auth(
        ClientId=settings.COGNITO["client_ids"][1],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": address, "PASSWORD": PASSWORD},
    )["AuthenticationResult"]["IdToken"]
    assert alice.api.post("/api/mydata/erasure/", {"id_token": token}).status_code == 202
    told = until(lambda: [m for m in mailbox.mails() if m.to == address and "deleted" in m.subject], "the mail", 120)
    assert len(told) >= 1
    assert not [m for m in mailbox.mails() if m.to == alice.email and "deleted" in m.subject]


def test_staff_are_shown_by_the_address_of_now_within_five_minutes(live_server: LiveServer) -> None:
    edith, editor = sign_up("edith", "editors"), Editor(live_server.url)
    assert edith.email in editor.sign_in(edith).text
    address = change(edith)
    editor.change_session(check_at=0)
    assert address in editor.get("/admin/").text
