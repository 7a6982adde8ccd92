"""Signing in and out, and the pages for those who can't come in."""

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.encoding import iri_to_uri
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_GET, require_POST

from accounts import cognito
from accounts.staff import saved_forms, second_factor, session
from accounts.staff.cookies import PendingSignIn
from dynamo.admin.request_state import state_of
from dynamo.errors import Unavailable
from rest.errors import problem_response
from rest.problems import Unauthenticated

log = logging.getLogger(__name__)

RETRY_SECONDS = "30"
# Of the page to return to, which waits in a cookie: browsers drop one of more than 4,096 characters, and three that are
# nearly as long fill the 10,240 that API Gateway takes of all headers.
NEXT_CHARACTERS = 1000


# --- In and out ---------------------------------------------------------------------------------------------------


@never_cache
@require_GET
def login(request: HttpRequest) -> HttpResponse:
    """Off to the hosted page, or on to where they wanted to go if they are signed in already."""
    asked = own_page(request.GET.get(REDIRECT_FIELD_NAME, ""))
    return HttpResponseRedirect(asked) if request.user.is_authenticated else start(request, asked)


def start(request: HttpRequest, asked: str) -> HttpResponse:
    """Begin a sign-in that returns to the page asked for."""
    site = urlsplit(settings.SITE_URL)
    if settings.LOCAL and request.get_host() != site.netloc:
        # 127.0.0.1 for localhost, say: the cookie set here would not be there at the return.
        return see(f"{site.scheme}://{site.netloc}{asked}")
    begun = PendingSignIn(next=iri_to_uri(asked)[:NEXT_CHARACTERS])
    response = see(cognito.authorize_url(state=begun.state, nonce=begun.nonce, challenge=begun.challenge))
    begun.remember(request, response)
    return response


@never_cache
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Back from the hosted page with a code, which is good once."""
    begun = PendingSignIn.of(request, request.GET.get("state", ""))
    if begun is None and request.user.is_authenticated:
        # The way back led to the hosted page, which asked nothing.
        return see(own_page(""))
    if begun is None:
        return page(request, "Please sign in again", "This sign-in was begun in another browser, or too long ago.", 400)
    response = _signed_in(request, begun)
    if response.status_code < 500:
        begun.forget(response)
    return response


def _signed_in(request: HttpRequest, begun: PendingSignIn) -> HttpResponse:
    try:
        tokens = cognito.exchange(request.GET.get("code", ""), verifier=begun.verifier, nonce=begun.nonce)
        factor = second_factor.was_shown(tokens)
    except cognito.CognitoRefused as error:
        log.info("A sign-in was refused: %s", error)
        return page(request, "Please sign in again", "The sign-in service did not confirm this sign-in.", 400)
    except cognito.Unreachable as error:
        log.warning("Cognito did not answer at a sign-in: %s", error)
        return cognito_unreachable(request)
    session.begin(request, tokens, factor=factor)
    return see(own_page(begun.next))


@never_cache
@require_POST
@csrf_protect
def logout(request: HttpRequest) -> HttpResponse:
    """End the session here and at Cognito, then let the hosted page forget this browser."""
    session.end(request)
    return see(cognito.logout_url())


@never_cache
@require_GET
def signed_out(request: HttpRequest) -> HttpResponse:
    """Where the hosted page leads after signing out."""
    text = "You are signed out, here and at the sign-in service."
    return page(request, "Signed out", text, signed_out=True)


def own_page(address: str) -> str:
    """The address if it is a page of this admin, else the admin's index: nobody is led to another site."""
    index = reverse("admin:index", urlconf=settings.ADMIN_URLCONF)
    is_own = url_has_allowed_host_and_scheme(address, allowed_hosts=None) and address.startswith(index)
    return address if is_own else index


def see(address: str) -> HttpResponse:
    """303: whatever the method was, GET that, and keep this answer nowhere."""
    response = HttpResponseRedirect(address, headers={"Cache-Control": "no-store"})
    response.status_code = 303
    return response


# --- Not in -------------------------------------------------------------------------------------------------------


def sign_in_first(request: HttpRequest) -> HttpResponse:
    """To the hosted page and back to where they were, with what they had written; scripts are told 401."""
    if not _is_navigation(request):
        return problem_response(Unauthenticated("Your sign-in is over: load the page again."))
    return start(request, _resuming(request))


def second_factor_first(request: HttpRequest) -> HttpResponse:
    """To the page that sets it up; scripts are told 401."""
    if not _is_navigation(request):
        return problem_response(Unauthenticated("Set up your authenticator app first: load the page again."))
    return see(reverse("admin:second_factor", urlconf=settings.ADMIN_URLCONF))


def no_group(request: HttpRequest) -> HttpResponse:
    """Signed in, and nothing to do here."""
    text = (
        f"You are signed in as {request.user}, but this account is in no group that may use these pages. "
        "Ask an administrator to add you to one, or sign out and use another account."
    )
    return page(request, "Not for this account", text, 403, again=request.get_full_path())


def cognito_unreachable(request: HttpRequest) -> HttpResponse:
    """Whether they may come in can't be asked; a form they sent is kept."""
    text = "The sign-in service does not answer just now. Please try again in a minute."
    resume = _resuming(request)
    if saved_forms.RESUME in parse_qs(urlsplit(resume).query):
        text += " What you have written is kept for a day."
    response = page(request, "Please try again", text, 503, again=resume)
    response["Retry-After"] = RETRY_SECONDS
    return response


def database_unreachable(request: HttpRequest, error: Unavailable) -> HttpResponse:
    """The session can't be read or kept just now."""
    text = "The database does not answer just now. Go back and try again in a moment: your browser has what you wrote."
    response = page(request, "Please try again", text, 503, again=own_page(request.get_full_path()))
    response["Retry-After"] = str(error.retry_after)
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW. A form of ours from before a new sign-in is kept, and given back if it is theirs."""
    if name := saved_forms.keep(request):
        kept = _with_resume(request, name)
        if saved_forms.writer(request) == str(request.user.pk):
            return see(kept)
        text = f"{request.user} is signed in here by now. What was sent is kept for a day, for who opened the form."
        return page(request, "Somebody else's form", text, 403, again=kept)
    log.warning("A request was refused as possibly forged: %s", reason)
    return page(request, "Please try again", "This form did not come from here, or is too old. Load it again.", 403)


def _resuming(request: HttpRequest) -> str:
    """The page a request was for, as an address to come back to; with its form, if not saved yet and kept now."""
    if request.method == "POST" and not state_of(request).written and (name := saved_forms.keep(request)):
        return _with_resume(request, name)
    return own_page(request.get_full_path())


def _with_resume(request: HttpRequest, name: str) -> str:
    # First, where nothing cuts it off; a former one goes.
    query = {saved_forms.RESUME: name, **dict(request.GET.lists()), saved_forms.RESUME: name}
    return f"{request.path}?{urlencode(query, doseq=True)}"


def _is_navigation(request: HttpRequest) -> bool:
    """Whether a person waits for a page, as browsers since 2020 say (Fetch Metadata); older ones are believed to."""
    return request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"


# --- Pages --------------------------------------------------------------------------------------------------------


def page(
    request: HttpRequest, title: str, text: str, status: int = 200, again: str = "", *, signed_out: bool = False
) -> HttpResponse:
    """One paragraph, a way on, and a way to sign out for those signed in. `again` is the page to try again;
    `signed_out` lets the browser forget what it kept for them.
    """
    urls = {name: reverse(f"admin:{name}", urlconf=settings.ADMIN_URLCONF) for name in ("index", "logout")}
    user = getattr(request, "user", None)
    context: dict[str, Any] = {
        "site_header": admin.site.site_header,
        "title": title,
        "text": text,
        "again": again,
        "signed_out": signed_out,
        "index": urls["index"],
        "logout": urls["logout"] if user is not None and user.is_authenticated else "",
        "is_nav_sidebar_enabled": False,
    }
    response = render(request, "staff/page.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _handler(title: str, text: str, status: int) -> Callable[..., HttpResponse]:
    """handler400 and its like, under /admin/. Django gives all but handler500 the error as well."""
    return lambda request, *_, **__: page(request, title, text, status)


bad_request = _handler("Bad request", "This request makes no sense here. Go back and try again.", 400)
permission_denied = _handler("Not allowed", "Your group may not do this. An administrator can change that.", 403)
page_not_found = _handler("Page not found", "There is nothing at this address.", 404)
server_error = _handler(
    "Something is broken",
    "Something is broken here, and has been logged. Nothing was saved; your browser's back button may help.",
    500,
)
