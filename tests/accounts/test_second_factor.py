"""Staff with an authenticator app: setting it up, signing in with it, and every way around it."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
import requests
from botocore.exceptions import ClientError
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import override_settings

from config.aws import client
from tests.accounts.editor import Editor, forms
from tests.accounts.totp import code, wrong_code
from tests.live import LiveServer
from tests.personas import PASSWORD, Persona, sign_up
from tests.waiting import next_second

PAGE = "/admin/second-factor/"


@pytest.fixture(autouse=True)
def wanted() -> Iterator[None]:
    with override_settings(STAFF_MFA=True):
        yield


@pytest.fixture
def editor(live_server: LiveServer) -> Editor:
    return Editor(live_server.url)


@pytest.fixture
def thief(live_server: LiveServer) -> Editor:
    """Another browser, whose owner knows Edith's password and no more."""
    return Editor(live_server.url)


def key_on(page: requests.Response) -> str:
    found = re.search(r'<code id="key">([A-Z2-7 ]+)</code>', page.text)
    assert found, page.text
    return found[1].replace(" ", "")


def submit(editor: Editor, page: requests.Response, typed: str) -> requests.Response:
    """The form of the first code; it has no action, and neither has the page's."""
    fields = next(fields for action, fields in forms(page.text) if "code" in fields)
    return editor.post(PAGE, {**fields, "code": typed})


def enroll_with(editor: Editor, person: Persona) -> tuple[str, str]:
    """Set up an app as the page leads to it; its key, and the code that did it. The next is `code(key, 1)`."""
    page = editor.sign_in(person)
    assert urlsplit(page.url).path == PAGE
    key, spent = key_on(page), code(key_on(page))
    assert "asks for a code" in submit(editor, page, spent).text
    next_second()
    return key, spent


def enroll(editor: Editor, person: Persona) -> str:
    return enroll_with(editor, person)[0]


def enter(editor: Editor, hosted: requests.Response, typed: str) -> requests.Response:
    """The hosted page's second step."""
    action, fields = forms(hosted.text)[0]
    return editor.http.post(urljoin(hosted.url, action), {**fields, "code": typed}, timeout=20)


def is_on(person: Persona) -> bool:
    pool = settings.COGNITO["user_pool_id"]
    found = client("cognito-idp").admin_get_user(UserPoolId=pool, Username=person.email)
    return "SOFTWARE_TOKEN_MFA" in found.get("UserMFASettingList", [])


def test_staff_set_up_an_app_and_sign_in_with_its_code(editor: Editor, edith: Persona) -> None:
    key = enroll(editor, edith)
    assert editor.key is None
    assert is_on(edith)
    hosted = editor.sign_in(edith, "/admin/?e=1")
    assert "authenticator app" in hosted.text
    page = enter(editor, hosted, code(key, 1))
    assert page.url == f"{editor.site}/admin/?e=1"
    assert editor.is_signed_in()
    # The renewal of tokens every four minutes keeps what was shown.
    editor.change_session(check_at=0)
    assert editor.is_signed_in()


def test_the_page_shows_the_key_in_the_format_of_apps(editor: Editor, edith: Persona) -> None:
    page = editor.sign_in(edith)
    uri = re.search(r'href="(otpauth:[^"]+)"', page.text)
    assert uri
    parts = urlsplit(uri[1].replace("&amp;", "&"))
    assert (parts.netloc, parts.path) == ("totp", f"/127.0.0.1:{edith.email}")
    assert parse_qs(parts.query) == {"secret": [key_on(page)], "issuer": ["127.0.0.1"]}
    assert page.headers["Cache-Control"].startswith("max-age=0")
    assert key_on(editor.get(PAGE)) == key_on(page)


def test_it_is_not_asked_where_it_is_not_wanted(editor: Editor, edith: Persona) -> None:
    with override_settings(STAFF_MFA=False):
        assert editor.sign_in(edith).url == f"{editor.site}/admin/"


def test_a_session_of_before_it_was_wanted_must_set_it_up(editor: Editor, edith: Persona) -> None:
    with override_settings(STAFF_MFA=False):
        editor.sign_in(edith)
    assert urlsplit(editor.get("/admin/").url).path == PAGE


@pytest.mark.parametrize("path", ["/admin/", "/admin/blog/post/", "/admin/blog/post/add/", "/admin/failures/"])
def test_a_sign_in_without_a_code_opens_nothing_else(editor: Editor, path: str) -> None:
    editor.sign_in(sign_up("ada", "admins"))
    answer = editor.get(path, follow=False)
    assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
    assert editor.post(path, {"title": "x", "_save": "Save"}, follow=False).headers["Location"] == PAGE
    assert editor.get(path, follow=False, **{"Sec-Fetch-Mode": "cors"}).status_code == 401


def test_its_tokens_stay_on_the_server(editor: Editor, edith: Persona) -> None:
    page = editor.sign_in(edith)
    held = editor.session["staff"]
    assert held["access"] not in page.text + str(editor.http.cookies.get_dict())


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "\uff11" * 6, "' OR 1=1"])
def test_bad_codes_set_up_nothing(editor: Editor, edith: Persona, typed: str) -> None:
    page = editor.sign_in(edith)
    answer = submit(editor, page, typed)
    assert (answer.status_code, "not right" in answer.text) == (400, True)
    assert key_on(answer) == key_on(page)
    assert not is_on(edith)


def test_a_wrong_code_sets_up_nothing(editor: Editor, edith: Persona) -> None:
    page = editor.sign_in(edith)
    assert submit(editor, page, wrong_code(key_on(page))).status_code == 400
    assert not is_on(edith)
    assert "asks for a code" in submit(editor, page, code(key_on(page))).text


def test_another_site_sets_up_nothing(editor: Editor, edith: Persona) -> None:
    key = key_on(editor.sign_in(edith))
    assert editor.post(PAGE, {"code": code(key)}, Origin="https://evil.example").status_code == 403
    assert not is_on(edith)


def test_a_code_is_good_once(editor: Editor, thief: Editor, edith: Persona) -> None:
    # That of the set-up is spent as well.
    key, spent = enroll_with(editor, edith)
    assert "not right" in enter(thief, thief.sign_in(edith), spent).text
    spent = code(key, 1)
    enter(editor, editor.sign_in(edith), spent)
    assert editor.is_signed_in()
    assert "not right" in enter(thief, thief.sign_in(edith), spent).text
    assert not thief.is_signed_in()


def test_wrong_codes_are_counted(editor: Editor, thief: Editor, edith: Persona) -> None:
    key = enroll(editor, edith)
    hosted = thief.sign_in(edith)
    for _ in range(5):
        assert "not right" in enter(thief, hosted, wrong_code(key)).text
    assert "Session has expired" in enter(thief, hosted, code(key, 1)).text
    assert not thief.is_signed_in()


def test_the_second_step_takes_no_code_of_another_person(editor: Editor, thief: Editor, edith: Persona) -> None:
    enroll(editor, edith)
    mallory = sign_up("mallory", "editors")
    own = enroll(thief, mallory)
    assert "not right" in enter(thief, thief.sign_in(edith), code(own, 1)).text
    assert not thief.is_signed_in()


def test_a_half_session_of_before_is_over(editor: Editor, thief: Editor, edith: Persona) -> None:
    """Who knew the password was at the page, too, with another key, when its owner set theirs up."""
    page = thief.sign_in(edith)
    theirs = key_on(page)
    held = thief.session["staff"]
    enroll(editor, edith)
    # The page of the other key is no way to put it in the place of the owner's.
    assert submit(thief, page, code(theirs)).status_code in {200, 400}
    assert not thief.is_signed_in()
    with pytest.raises(ClientError, match="revoked"):
        client("cognito-idp").associate_software_token(AccessToken=held["access"])
    with pytest.raises(ClientError):
        client("cognito-idp").verify_software_token(AccessToken=held["access"], UserCode=code(theirs))


def test_a_stolen_cookie_of_a_half_session_replaces_no_key(editor: Editor, thief: Editor, edith: Persona) -> None:
    editor.sign_in(edith)
    thief.http.cookies.update(editor.http.cookies)
    page = editor.get(PAGE)
    submit(editor, page, code(key_on(page)))
    assert urlsplit(thief.get(PAGE).url).path == "/oauth2/authorize"
    assert not thief.is_signed_in()


def test_a_sign_in_that_began_before_the_set_up_proves_nothing(editor: Editor, edith: Persona) -> None:
    """The hosted page remembers who gave a password for an hour, and gives codes for that."""
    from accounts import cognito
    from accounts.staff import second_factor

    key = enroll(editor, edith)
    enter(editor, editor.sign_in(edith), code(key, 1))
    held = editor.session["staff"]
    tokens = cognito.renew(held["refresh"], cognito.STAFF)
    assert second_factor.was_shown(tokens)
    second_factor._remember(edith.sub, tokens.claims.signed_in_at)
    assert not second_factor.was_shown(tokens)


def test_who_has_set_it_up_sees_no_key(editor: Editor, edith: Persona) -> None:
    key = enroll(editor, edith)
    enter(editor, editor.sign_in(edith), code(key, 1))
    page = editor.get(PAGE)
    assert "asks for a code" in page.text
    assert 'id="key"' not in page.text
    assert editor.is_signed_in()


def test_the_api_asks_for_the_code_too(editor: Editor, edith: Persona) -> None:
    """A stolen password gets no token of the API either, and a challenge is good for its user alone."""
    key = enroll(editor, edith)
    cognito, mobile = client("cognito-idp"), settings.COGNITO["client_ids"][1]
    asked = cognito.initiate_auth(
        ClientId=mobile,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": edith.email, "PASSWORD": PASSWORD},
    )
    assert (asked["ChallengeName"], "AuthenticationResult" in asked) == ("SOFTWARE_TOKEN_MFA", False)

    def respond(session: str, typed: str, name: str = "SOFTWARE_TOKEN_MFA") -> dict[str, str]:
        answer = cognito.respond_to_auth_challenge(
            ClientId=mobile,
            ChallengeName=name,  # type: ignore[arg-type]  # one of its names
            Session=session,
            ChallengeResponses={"USERNAME": edith.email, "SOFTWARE_TOKEN_MFA_CODE": typed},
        )
        return answer["AuthenticationResult"]  # type: ignore[return-value]  # all of what is read is text

    for session, typed, name in (
        (asked["Session"], wrong_code(key), "SOFTWARE_TOKEN_MFA"),
        ("A" * 44, code(key, 1), "SOFTWARE_TOKEN_MFA"),
        (asked["Session"], "", "MFA_SETUP"),
    ):
        with pytest.raises(ClientError):
            respond(session, typed, name)
    assert respond(asked["Session"], code(key, 1))["AccessToken"]
    with pytest.raises(ClientError, match="Invalid session"):
        respond(asked["Session"], code(key, -1))


def test_the_command_for_tokens_says_what_it_lacks(editor: Editor, edith: Persona) -> None:
    enroll(editor, edith)
    with pytest.raises(CommandError, match="has an authenticator app"):
        call_command("token", edith.email, password=PASSWORD)


def test_an_operator_resets_it(editor: Editor, edith: Persona, capsys: pytest.CaptureFixture[str]) -> None:
    key = enroll(editor, edith)
    enter(editor, editor.sign_in(edith), code(key, 1))
    next_second()
    call_command("resetsecondfactor", edith.email)
    assert "sets up another" in capsys.readouterr().out
    editor.change_session(check_at=0)
    assert not editor.is_signed_in()
    assert not is_on(edith)
    assert key_on(editor.sign_in(edith)) != key
    with pytest.raises(CommandError, match="nobody"):
        call_command("resetsecondfactor", "nobody@example.com")
