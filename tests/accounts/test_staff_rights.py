"""What each group may do in the admin, how soon a change of groups counts, and what an end of the sign-in does."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests
from botocore.exceptions import ClientError, EndpointConnectionError
from django.conf import settings

from accounts import cognito
from accounts.staff import session
from config.aws import client
from dynamo.sessions import Session
from tests.accounts import notes
from tests.accounts.editor import Editor, forms
from tests.accounts.issuer import know_another_key
from tests.personas import Persona, sign_up
from tests.rest.test_unavailable import trouble
from tests.waiting import next_second

LIST, ADD = "/admin/staff/note/", "/admin/staff/note/add/"


pytestmark = pytest.mark.usefixtures("table_of_notes")


def change(note: str) -> str:
    return f"{LIST}{note}/change/"


def text_of(note: str) -> str:
    return str(notes.NoteItem.fetch((note,)).text)


def token(page: requests.Response) -> dict[str, str]:
    """What every form of a session has against forgery."""
    return {"csrfmiddlewaretoken": forms(page.text)[0][1]["csrfmiddlewaretoken"]}


def delete(editor: Editor, note: str) -> int:
    page = editor.get(f"{LIST}{note}/delete/")
    return page.status_code if page.status_code != 200 else editor.submit(page, "").status_code


# --- Groups -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("group", "looks", "writes", "deletes"),
    [
        ("viewers", True, False, False),
        ("editors", True, True, False),
        ("publishers", True, True, True),
        ("admins", True, True, True),
    ],
)
def test_groups_decide(editor: Editor, note: str, group: str, looks: bool, writes: bool, deletes: bool) -> None:
    editor.sign_in(sign_up("someone", group))
    page = editor.get(LIST)
    assert (page.status_code == 200 and note in page.text) is looks
    assert (editor.get(ADD).status_code == 200) is writes
    posted = editor.post(change(note), {**token(editor.get("/admin/")), "text": "Another."})
    assert (posted.status_code == 403) is not writes
    assert (delete(editor, note) == 200) is deletes


def test_it_is_polite_to_who_is_in_no_group(editor: Editor, alice: Persona) -> None:
    page = editor.sign_in(alice, change("some-note"))
    assert page.status_code == 403
    assert alice.email in page.text
    assert "no group" in page.text
    assert editor.post(ADD, {**token(page), "text": "x"}).status_code == 403
    assert editor.sign_out(page).url.endswith("/admin/signed-out/")
    assert Session.find(editor.key or "") is None


def test_unknown_groups_open_nothing(editor: Editor) -> None:
    client("cognito-idp").create_group(UserPoolId=settings.COGNITO["user_pool_id"], GroupName="gardeners")
    assert editor.sign_in(sign_up("greta", "gardeners")).status_code == 403


# --- Changes in Cognito -------------------------------------------------------------------------------------------


def leave(person: Persona, group: str) -> None:
    pool = settings.COGNITO["user_pool_id"]
    client("cognito-idp").admin_remove_user_from_group(UserPoolId=pool, Username=person.email, GroupName=group)


def test_it_believes_cognito_for_less_than_five_minutes() -> None:
    assert session.CHECK_SECONDS <= 5 * 60 - 10


def test_a_lost_group_counts_at_the_next_check(editor: Editor, emil: Persona) -> None:
    editor.sign_in(emil)
    leave(emil, "editors")
    assert editor.get(ADD).status_code == 200
    editor.change_session(check_at=time.time())
    assert editor.get(ADD).status_code == 403
    assert editor.session["staff"]["groups"] == []


def test_a_new_group_counts_at_the_next_check(editor: Editor, alice: Persona) -> None:
    editor.sign_in(alice)
    pool = settings.COGNITO["user_pool_id"]
    client("cognito-idp").admin_add_user_to_group(UserPoolId=pool, Username=alice.email, GroupName="editors")
    editor.change_session(check_at=0)
    assert editor.get(ADD).status_code == 200


def test_it_asks_cognito_once_in_a_while(editor: Editor, edith: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    renew = cognito.renew

    def count(refresh: str, client_of: int) -> cognito.Tokens:
        asked.append(refresh)
        return renew(refresh, client_of)

    monkeypatch.setattr(cognito, "renew", count)
    editor.sign_in(edith)
    for _ in range(3):
        editor.get(LIST)
    assert len(asked) == 0
    editor.change_session(check_at=0)
    for _ in range(3):
        editor.get(LIST)
    assert len(asked) == 1


@pytest.mark.parametrize("how", ["signed out everywhere", "revoked", "disabled", "deleted"])
def test_a_sign_in_that_cognito_ended_is_over_at_the_next_check(editor: Editor, edith: Persona, how: str) -> None:
    cognito_idp, pool = client("cognito-idp"), settings.COGNITO["user_pool_id"]
    editor.sign_in(edith)
    match how:
        case "signed out everywhere":
            next_second()
            cognito_idp.admin_user_global_sign_out(UserPoolId=pool, Username=edith.email)
        case "revoked":
            cognito.revoke(editor.session["staff"]["refresh"], cognito.STAFF)
        case "disabled":
            cognito_idp.admin_disable_user(UserPoolId=pool, Username=edith.email)
        case "deleted":
            cognito_idp.admin_delete_user(UserPoolId=pool, Username=edith.email)
    editor.change_session(check_at=0)
    key = editor.key
    assert not editor.is_signed_in()
    assert Session.find(key or "") is None


def test_an_old_access_token_is_renewed_unnoticed(editor: Editor, edith: Persona, note: str) -> None:
    editor.sign_in(edith)
    page = editor.get(change(note))
    old = editor.session["staff"]["access"]
    editor.change_session(check_at=0)
    editor.submit(page, "", text="A long text, an hour later.")
    assert text_of(note) == "A long text, an hour later."
    assert editor.session["staff"]["access"] != old


def unreachable(*_: object) -> cognito.Tokens:
    raise cognito.Unreachable("no answer")


def test_it_goes_on_for_a_while_when_cognito_does_not_answer(
    editor: Editor, edith: Persona, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor.sign_in(edith)
    editor.change_session(check_at=0)
    monkeypatch.setattr(cognito, "renew", unreachable)
    assert editor.get(ADD).status_code == 200
    check_at = editor.session["staff"]["check_at"]
    assert 0 < check_at - time.time() <= session.RETRY_SECONDS


def test_a_new_key_of_cognito_ends_no_sign_in(editor: Editor, edith: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    editor.sign_in(edith)
    editor.change_session(check_at=0)
    with monkeypatch.context() as patched:
        know_another_key(patched)
        assert editor.get(ADD).status_code == 200
    editor.change_session(check_at=0)
    assert editor.get(ADD).status_code == 200


def test_it_stops_believing_after_a_quarter_of_an_hour(
    editor: Editor, edith: Persona, note: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor.sign_in(edith)
    page = editor.get(change(note))
    editor.change_session(check_at=0, told_at=time.time() - session.TRUST_SECONDS)
    with monkeypatch.context() as outage:
        outage.setattr(cognito, "renew", unreachable)
        answer = editor.submit(page, "", text="Written in an outage.")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
        assert "kept for a day" in answer.text
        assert text_of(note) == "As it was."
    again = editor.get(answer.text.split('">Try again</a>')[0].rpartition('"')[2])
    assert "Written in an outage." in again.text


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (EndpointConnectionError(endpoint_url="https://cognito"), cognito.Unreachable),
        ("TooManyRequestsException", cognito.Unreachable),
        ("ThrottlingException", cognito.Unreachable),
        ("InternalErrorException", cognito.Unreachable),
        ("ConcurrentModificationException", cognito.Unreachable),
        ("OperationNotEnabledException", cognito.Unreachable),
        ("NotAuthorizedException", cognito.CognitoRefused),
        ("UserNotFoundException", cognito.CognitoRefused),
    ],
)
def test_it_tells_no_from_no_answer(error: Exception | str, kind: type[Exception]) -> None:
    cognito_idp = client("cognito-idp")

    def fail(**_: object) -> None:
        if isinstance(error, Exception):
            raise error
        answer = {"Error": {"Code": error}, "ResponseMetadata": {"HTTPStatusCode": 400}}
        raise ClientError(answer, "GetTokensFromRefreshToken")  # type: ignore[arg-type]  # as much as is read

    events = cognito_idp.meta.events
    events.register("before-call.cognito-identity-provider.GetTokensFromRefreshToken", fail, unique_id="outage")
    try:
        with pytest.raises(kind):
            cognito.renew("a-token")
    finally:
        events.unregister("before-call.cognito-identity-provider.GetTokensFromRefreshToken", unique_id="outage")


@contextmanager
def signed_out_meanwhile(editor: Editor) -> Iterator[None]:
    """The session ends while the next request is answered."""
    editor.change_session(check_at=0)
    renew = cognito.renew

    def sign_out(refresh: str, client_of: int) -> cognito.Tokens:
        editor.session.flush()
        return renew(refresh, client_of)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cognito, "renew", sign_out)
        yield


def test_a_session_that_ends_under_a_request_asks_to_sign_in(editor: Editor, edith: Persona) -> None:
    page = editor.sign_in(edith)
    assert page.status_code == 200
    with signed_out_meanwhile(editor):
        answer = editor.get(LIST, follow=False)
    assert answer.status_code == 303
    assert Session.find(editor.key or "") is None


def test_what_was_saved_while_the_session_ended_is_not_given_back(editor: Editor, edith: Persona, note: str) -> None:
    """The form would say that nothing is saved yet."""
    page = editor.sign_in(edith, change(note))
    with signed_out_meanwhile(editor):
        hosted = editor.submit(page, "", text="Saved.")
    assert text_of(note) == "Saved."
    assert "You had been signed out" not in editor.fill_in(hosted, edith).text


def test_it_says_so_when_dynamodb_does_not_answer(editor: Editor, edith: Persona) -> None:
    page = editor.sign_in(edith)
    with trouble("down", "fast"):
        for answer in (editor.get(LIST), editor.post(ADD, {**token(page), "text": "x"}), editor.sign_out(page)):
            assert (answer.status_code, answer.headers["Retry-After"].isdigit()) == (503, True)
            assert "database does not answer" in answer.text
    assert editor.get(LIST).status_code == 200


def test_one_can_sign_out_while_cognito_does_not_answer(
    editor: Editor, edith: Persona, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor.sign_in(edith)
    editor.change_session(check_at=0, told_at=0)
    monkeypatch.setattr(cognito, "renew", unreachable)
    page = editor.get(LIST)
    assert page.status_code == 503
    assert editor.sign_out(page).url.endswith("/admin/signed-out/")
    assert Session.find(editor.key or "") is None
