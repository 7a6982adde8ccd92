"""Signing in to the admin on Cognito's hosted page, and out again, over real HTTP."""

import time
from types import SimpleNamespace
from typing import Any, NoReturn
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings

from accounts import cognito
from accounts.staff import session
from accounts.staff.cookies import SIGN_INS
from dynamo.sessions import Session, SessionStore
from tests.accounts.editor import Editor, forms
from tests.live import LiveServer
from tests.personas import Persona, sign_up


def question(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def test_it_signs_in(editor: Editor, edith: Persona) -> None:
    page = editor.sign_in(edith)
    assert (page.status_code, page.url) == (200, f"{editor.site}/admin/")
    assert edith.email in page.text


def test_it_comes_back_to_the_page_that_was_asked_for(editor: Editor, edith: Persona) -> None:
    assert editor.sign_in(edith, "/admin/jsi18n/../?e=1").url == f"{editor.site}/admin/?e=1"


def test_it_asks_with_code_state_nonce_and_pkce(editor: Editor) -> None:
    asked = question(editor.get("/admin/", follow=False).headers["Location"])
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert asked["redirect_uri"] == f"{editor.site}/admin/oidc/callback/"
    assert all(len(asked[name]) >= 43 for name in ("state", "nonce", "code_challenge"))
    again = question(editor.get("/admin/", follow=False).headers["Location"])
    assert all(asked[name] != again[name] for name in ("state", "nonce", "code_challenge"))


def test_it_refuses_a_wrong_password(editor: Editor, edith: Persona) -> None:
    editor.sign_in(edith, password="Not-the-Password-1")
    assert not editor.is_signed_in()


def test_it_gives_the_browser_no_token(editor: Editor, edith: Persona) -> None:
    page = editor.sign_in(edith)
    held = editor.session["staff"]
    seen = page.text + str(page.history[-1].headers) + str(editor.http.cookies.get_dict())
    assert held["access"] not in seen
    assert held["refresh"] not in seen


def test_it_keeps_no_token_under_the_cookie_itself(editor: Editor, edith: Persona) -> None:
    editor.sign_in(edith)
    row = editor.row()
    assert row is not None
    assert editor.key not in (row.key, row.data)


def test_its_cookies_are_out_of_reach_of_scripts_and_other_sites(editor: Editor, edith: Persona) -> None:
    answers = [editor.get("/admin/", follow=False), *editor.sign_in(edith).history]
    lines = [line for answer in answers for line in answer.raw.headers.getlist("Set-Cookie")]
    assert {line.partition("=")[0].partition("sign-in")[0] for line in lines} == {"", "staff"}
    for line in lines:
        assert "Path=/;" in line + ";"
        assert "SameSite=Lax" in line
        assert "HttpOnly" in line or "Max-Age=0" in line


def test_it_takes_over_no_session_somebody_else_has_set(editor: Editor, other: Editor, edith: Persona) -> None:
    admin = sign_up("mallory", "admins")
    other.sign_in(admin)
    # A page of Mallory's has put their own session into Edith's browser; she signs in over it.
    editor.http.cookies.set(settings.SESSION_COOKIE_NAME, other.key, domain="127.0.0.1", path="/")
    login = editor.get("/admin/login/", follow=False)
    assert login.status_code == 302  # signed in, as it seems
    editor.http.cookies.clear()
    editor.http.cookies.set(settings.SESSION_COOKIE_NAME, "chosen-by-mallory-0000000000000", domain="127.0.0.1")
    editor.sign_in(edith)
    assert editor.key not in {other.key, "chosen-by-mallory-0000000000000"}
    assert editor.session["staff"]["sub"] == edith.sub


def test_it_takes_no_sign_in_begun_in_another_browser(editor: Editor, other: Editor, edith: Persona) -> None:
    hosted = other.get("/admin/")
    action, fields = forms(hosted.text)[0]
    answer = {**fields, "username": edith.email, "password": "Correct-Horse-7-Battery"}
    back = other.http.post(f"{settings.COGNITO['domain_url']}{action}", answer, allow_redirects=False, timeout=20)
    assert editor.get(back.headers["Location"]).status_code == 400
    assert not editor.is_signed_in()


def test_it_takes_a_code_once(editor: Editor, edith: Persona) -> None:
    back = next(answer.url for answer in editor.sign_in(edith).history if "/oidc/callback/" in answer.url)
    kept = dict(editor.http.cookies)
    assert editor.get(back, follow=False).headers["Location"] == "/admin/"
    assert dict(editor.http.cookies) == kept
    assert editor.is_signed_in()
    editor.http.cookies.clear()
    assert editor.get(back).status_code == 400


@pytest.mark.parametrize("query", ["", "?state=", "?state=made-up&code=made-up", "?error=access_denied", "?code=%00"])
def test_it_takes_no_made_up_return(editor: Editor, query: str) -> None:
    answer = editor.get(f"/admin/oidc/callback/{query}")
    assert answer.status_code == 400
    assert "sign in again" in answer.text


def test_it_says_so_when_the_hosted_page_refused(editor: Editor) -> None:
    state = question(editor.get("/admin/", follow=False).headers["Location"])["state"]
    answer = editor.get(f"/admin/oidc/callback/?error=<script>&state={state}")
    assert answer.status_code == 400
    assert "<script>" not in answer.text.replace("<script src", "")


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example/admin/",
        "/\\evil.example",
        "/",
        "/_local/",
        "javascript:alert(1)",
        "/administrator/",
    ],
)
def test_it_leads_to_no_other_page(editor: Editor, edith: Persona, address: str) -> None:
    hosted = editor.http.get(f"{editor.site}/admin/login/", params={"next": address}, timeout=20)
    assert editor.fill_in(hosted, edith).url == f"{editor.site}/admin/"
    answer = editor.http.get(f"{editor.site}/admin/login/", params={"next": address}, allow_redirects=False, timeout=20)
    assert answer.headers["Location"] == "/admin/"


def test_it_signs_in_from_the_machines_other_name(live_server: LiveServer, edith: Persona) -> None:
    editor = Editor(live_server.url.replace("127.0.0.1", "localhost"))
    assert editor.sign_in(edith, "/admin/?e=1").url == f"{live_server.url}/admin/?e=1"


def test_it_lets_several_tabs_sign_in(editor: Editor, edith: Persona) -> None:
    first, second = editor.get("/admin/?e=1"), editor.get("/admin/?e=2")
    assert editor.fill_in(first, edith).url.endswith("/admin/?e=1")
    assert editor.fill_in(second, edith).url.endswith("/admin/?e=2")


def test_the_way_back_to_the_hosted_page_leads_on_to_the_admin(editor: Editor, edith: Persona) -> None:
    """For an hour Cognito's page gives another code without asking, for a sign-in that has ended long ago."""
    editor.sign_in(edith)
    again = editor.get("/admin/oidc/callback/?code=another&state=of-before", follow=False)
    assert (again.status_code, again.headers["Location"]) == (303, "/admin/")


def test_it_forgets_sign_ins_that_nobody_ends(editor: Editor) -> None:
    for _ in range(SIGN_INS + 3):
        editor.get("/admin/", follow=False)
    assert len([name for name in editor.http.cookies.get_dict() if name.startswith("sign-in-")]) == SIGN_INS


def test_of_many_sign_ins_it_forgets_the_oldest(editor: Editor, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []
    now = int(time.time())
    for seconds in range(12):
        monkeypatch.setattr("django.core.signing.time.time", lambda at=now - 100 + seconds: at)
        before = set(editor.http.cookies.get_dict())
        editor.get("/admin/", follow=False)
        begun += set(editor.http.cookies.get_dict()) - before
    assert {name for name in editor.http.cookies.get_dict() if name.startswith("sign-in-")} == set(begun[-SIGN_INS:])


def test_it_tells_scripts_instead_of_redirecting_them(editor: Editor) -> None:
    answer = editor.get("/admin/", follow=False, **{"Sec-Fetch-Mode": "cors"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (401, "application/problem+json")


def test_it_stores_nothing_for_strangers(editor: Editor, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Session.count()
    editor.get("/admin/")
    editor.post("/admin/blog/post/add/", {"title": "x"}, follow=False)
    editor.get("/admin/signed-out/")
    assert Session.count() == before


# --- Out ----------------------------------------------------------------------------------------------------------


def test_it_signs_out_here_and_at_cognito(editor: Editor, edith: Persona) -> None:
    page = editor.sign_in(edith)
    copied, refresh = editor.key, editor.session["staff"]["refresh"]
    answer = editor.sign_out(page)
    assert (answer.status_code, urlsplit(answer.url).path) == (200, "/admin/signed-out/")
    assert any("/logout?" in step.url for step in answer.history)
    assert Session.find(copied or "") is None
    assert not editor.is_signed_in()
    assert_revoked(refresh)


def test_a_copied_cookie_is_dead_after_signing_out(editor: Editor, other: Editor, edith: Persona) -> None:
    page = editor.sign_in(edith)
    other.http.cookies.update(editor.http.cookies)
    assert other.is_signed_in()
    editor.sign_out(page)
    assert not other.is_signed_in()


def test_it_signs_nobody_out_by_a_link_or_from_another_site(editor: Editor, edith: Persona) -> None:
    editor.sign_in(edith)
    assert editor.get("/admin/logout/").status_code == 405
    assert editor.post("/admin/logout/", {}).status_code == 403
    assert editor.post("/admin/logout/", {}, Origin="https://evil.example").status_code == 403
    assert editor.is_signed_in()


def test_it_signs_out_who_is_out_already(editor: Editor, edith: Persona) -> None:
    page = editor.sign_in(edith)
    editor.http.cookies.clear()
    assert urlsplit(editor.sign_out(page).url).path == "/admin/signed-out/"


def assert_revoked(refresh: str) -> None:
    from accounts import cognito

    with pytest.raises(cognito.CognitoRefused):
        cognito.renew(refresh, cognito.STAFF)


def test_a_cognito_that_did_not_answer_one_request_does_not_undo_what_another_was_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two requests of one browser at a time, as a page of the admin and its search of pictures."""
    held = {"sub": "s", "email": "e", "groups": [], "access": "a0", "refresh": "r0", "factor": True}
    first = SessionStore()
    first[session.KEY] = {**held, "told_at": time.time() - 300, "check_at": time.time() - 1}
    first.create()
    first.save()
    requests: list[Any] = [SimpleNamespace(session=SessionStore(first.session_key)) for _ in range(2)]
    one, two = requests
    for each in (one, two):
        assert each.session[session.KEY]["refresh"] == "r0"  # both have read it
    claims = SimpleNamespace(sub="s", email="e", groups=frozenset())
    monkeypatch.setattr(cognito, "renew", lambda *_: SimpleNamespace(claims=claims, access="a1", refresh="r1"))
    session.current(one)
    one.session.save()

    def away(*_: object) -> NoReturn:
        raise cognito.Unreachable("no answer in time")

    monkeypatch.setattr(cognito, "renew", away)
    session.current(two)
    two.session.save()
    assert SessionStore(first.session_key)[session.KEY]["refresh"] == "r1"  # r0 is refused a minute later


@pytest.mark.parametrize("letter", ["x", "ü"])
def test_a_long_address_fits_into_its_cookie(editor: Editor, edith: Persona, letter: str) -> None:
    """Browsers drop cookies of more than 4,096 characters, API Gateway requests with more than 10,240 of headers."""
    for _ in range(SIGN_INS):
        hosted = editor.get(f"/admin/login/?next=/admin/?e={letter * 2000}")
    assert sum(len(cookie.value or "") for cookie in editor.http.cookies) < 6000
    assert f"{editor.site}/admin/?e=" in editor.fill_in(hosted, edith).url
