"""The second factor of staff: codes of an authenticator app (TOTP, RFC 6238). Cognito keeps the key and asks for them.

A sign-in without one is good for the page that sets it up, and that ends it: the next sign-in shows the code.
"""

import re
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode, urlsplit

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import cognito
from accounts.staff import cookies, session
from dynamo.sessions import Session

TOTP = "SOFTWARE_TOKEN_MFA"
# In the session, while it is set up: the key, and whether a code of it was right.
KEY, VERIFIED = "factor_key", "factor_verified"
# The hosted page remembers a browser for an hour: as long, and longer, a sign-in of before the set-up proves nothing.
_UNDER_WAY, _KEEP = timedelta(hours=1), timedelta(days=1)
_CODE = re.compile(r"[0-9]{6}\Z")
_WRONG = {"EnableSoftwareTokenMFAException", "CodeMismatchException", "ExpiredCodeException"}


def was_shown(tokens: cognito.Tokens) -> bool:
    """Whether the sign-in these tokens are of showed a code. Raises CognitoRefused or Unreachable.

    Cognito asks everybody who has set it up, so it did unless they signed in before. One request, and one GetItem.
    """
    if not settings.STAFF_MFA or not _is_on(tokens.access):
        return False
    row = Session.fetch_or_none((_row(tokens.claims.sub),))
    return row is None or tokens.claims.signed_in_at > int(row.data)


@never_cache
@require_http_methods(["GET", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    """The key for the app, and the form for its first code. Up to 4 requests to Cognito; what it answers ends here."""
    from accounts.staff import views

    try:
        return _set_up(request)
    except cognito.CognitoRefused:
        session.end(request)
        return views.page(request, "Please sign in again", "Your sign-in is over, or too old for this.", 400)
    except cognito.Unreachable:
        return views.cognito_unreachable(request)


def _set_up(request: HttpRequest) -> HttpResponse:
    token = session.access_token(request)
    if not request.session.get(VERIFIED):
        # Nobody replaces a key by a sign-in from before it: it proves no more than the password.
        if _is_on(token):
            return _page(request, is_on=True)
        key = request.session.get(KEY)
        if key is None:
            request.session[KEY] = cognito.ask("associate_software_token", AccessToken=token)["SecretCode"]
            return _page(request)
        if request.method != "POST":
            return _page(request)
        if not _is_right(token, re.sub(r"\s", "", request.POST.get("code", ""))):
            return _page(request, problem="This code is not right. Wait for the next one your app shows.")
        request.session[VERIFIED] = True
        # Kept at once: if what follows fails, it is begun again without another code.
        request.session.save()
    _turn_on(request, token)
    session.end(request)
    return _page(request, is_on=True)


def _is_on(token: str) -> bool:
    return TOTP in cognito.ask("get_user", AccessToken=token).get("UserMFASettingList", ())


def _is_right(token: str, code: str) -> bool:
    if not _CODE.match(code):
        return False
    try:
        found = cognito.ask("verify_software_token", AccessToken=token, UserCode=code)
    except cognito.CognitoRefused as error:
        if str(error) in _WRONG:
            return False
        raise
    return bool(found["Status"] == "SUCCESS")


def _turn_on(request: HttpRequest, token: str) -> None:
    """From now on every sign-in asks for a code, and what was signed in without one is over. May be done again."""
    sub = str(request.user.pk)
    _remember(sub, time.time() + _UNDER_WAY.total_seconds())
    wanted = {"Enabled": True, "PreferredMfa": True}
    cognito.ask("set_user_mfa_preference", AccessToken=token, SoftwareTokenMfaSettings=wanted)
    cognito.ask("global_sign_out", AccessToken=token)
    _remember(sub, time.time())


def _remember(sub: str, at: float) -> None:
    Session(_row(sub), data=str(int(at)), expires=datetime.now(UTC) + _KEEP).save()


def _row(sub: str) -> str:
    # No digest of a cookie's value looks like this, so no cookie opens it.
    return f"factor#{cookies.person(sub)}"


def _page(request: HttpRequest, *, is_on: bool = False, problem: str = "") -> HttpResponse:
    import segno

    key = "" if is_on else request.session[KEY]
    site = urlsplit(settings.SITE_URL).hostname or ""
    label = quote(f"{site}:{request.user}", safe=":@")
    # The format every app reads; a phone opens its app with it.
    uri = f"otpauth://totp/{label}?{urlencode({'secret': key, 'issuer': site})}"
    context = {
        "site_header": admin.site.site_header,
        "title": "Your authenticator app",
        "is_on": is_on,
        "problem": problem,
        "key": " ".join(re.findall(".{1,4}", key)),
        "uri": uri,
        "picture": segno.make(uri, micro=False).svg_inline(scale=4, light="#fff"),
        "again": cognito.logout_url(),
        "is_nav_sidebar_enabled": False,
    }
    return render(request, "staff/second_factor.html", context, status=400 if problem else 200)
