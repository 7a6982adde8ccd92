"""What someone had written when their session turned out to be over: kept for a day, for them alone.

A form is kept in the sessions' table under a key made of the person, the page and a name of its own: a person finds
only their own, and two tabs may send forms of one page. Each form says whom it was shown to, as by now somebody else
may be signed in, or was; what is kept is given only to that person, once they have signed in again.
"""

import hashlib
import re
import uuid
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, QueryDict

from accounts.staff import cookies
from dynamo.errors import DoesNotExist
from dynamo.sessions import Session

KEEP = timedelta(days=1)
# An item holds 400 KB; text shrinks to about a third.
MOST_CHARACTERS = 380_000
# The query parameter that asks for it by its name, and the hidden field that says whom a form was shown to, signed.
RESUME, WRITER = "resume", "_writer"

_SALT = "accounts.staff.kept"
_WRITER_SALT = "accounts.staff.writer"
_FORM = re.compile(r"/(?:add|change)/\Z")


def keep(request: HttpRequest) -> str:
    """Keep a posted form of the admin for its writer, if our own page sent it: its name, or "" if it is not kept.

    One PutItem; raises Unavailable.
    """
    sub = writer(request)
    if sub is None or not _FORM.search(request.path) or not is_own_form(request):
        return ""
    data = signing.dumps(_fields(request), salt=_SALT, compress=True)
    if len(data) > MOST_CHARACTERS:
        return ""
    name = uuid.uuid4().hex
    Session(_key(sub, request.path, name), data=data, expires=datetime.now(UTC) + KEEP).save()
    return name


def find(request: HttpRequest, sub: str) -> QueryDict | None:
    """What that person had written on this page, by the name that is asked for. One GetItem."""
    try:
        row = Session.fetch((_key(sub, request.path, request.GET[RESUME]),))
        fields = signing.loads(row.data, salt=_SALT)
    except (DoesNotExist, signing.BadSignature):
        return None
    found = QueryDict(mutable=True)
    for name, values in fields:
        found.setlist(name, values)
    return found


def forget(request: HttpRequest, sub: str) -> None:
    """What that person had written on this page is saved by now. One DeleteItem; raises Unavailable."""
    Session.write("DeleteItem", (_key(sub, request.path, request.GET[RESUME]),))


def sign(sub: str) -> str:
    """What the hidden field of a form holds that is shown to that person."""
    return signing.Signer(salt=_WRITER_SALT).sign(sub)


def writer(request: HttpRequest) -> str | None:
    """The sub of whom a posted form was shown to; None where its hidden field was not written here."""
    try:
        return signing.Signer(salt=_WRITER_SALT).unsign(request.POST.get(WRITER, ""))
    except signing.BadSignature:
        return None


def is_own_form(request: HttpRequest) -> bool:
    """Whether a page of this site sent the form: a browser says in Origin where a POST comes from (RFC 6454)."""
    site = urlsplit(settings.SITE_URL)
    own = {f"{site.scheme}://{site.netloc}", f"{request.scheme}://{request.get_host()}"}
    return request.headers.get("Origin") in own


def _fields(request: HttpRequest) -> list[tuple[str, list[str]]]:
    """All that was typed: not the token against forgery, and not which button was pressed."""
    buttons = ("_", "csrfmiddlewaretoken")
    return [(name, values) for name, values in request.POST.lists() if not name.startswith(buttons)]


def _key(sub: str, path: str, name: str) -> str:
    # No digest of a cookie's value looks like this, so no cookie opens it.
    return f"kept#{cookies.person(sub)}#{hashlib.sha256(f'{path}?{name}'.encode()).hexdigest()}"
