"""A resource's version is its ETag; If-Match and If-None-Match become a version a conditional write enforces."""

import re
from datetime import datetime
from email.utils import format_datetime
from typing import NamedTuple

from django.http import HttpRequest

from rest.problems import Invalid, PreconditionFailed

_TAG = re.compile(r'(?:W/)?"(?:v(\d{1,15})(?:\.([0-9a-z]+))??(?:\.[0-9a-z]+)?|[^"]*)"')


class Precondition(NamedTuple):
    """What a write is conditional on. `version` is the one the resource must have, -1 for a tag that no version has.

    `made` is the first of an ETag's two marks, if it has two; `exists` is whether it must be there, None for either.
    """

    version: int | None = None
    made: str | None = None
    exists: bool | None = None


def etag(version: int, *marks: str) -> str:
    """The ETag of a resource at this version, and with marks of digits and small letters.

    The last tells representations of one version apart; one before it tells the resource from others that were at its
    address. If-Match looks at that and at the version.
    """
    return f'"{".".join((f"v{version}", *marks))}"'


def http_date(iso: str) -> str:
    """An ISO time in UTC as HTTP writes it (RFC 9110, 5.6.7)."""
    return format_datetime(datetime.fromisoformat(iso), usegmt=True)


def precondition(request: HttpRequest, *, makes: bool = False) -> Precondition:
    """From If-Match (one tag, or *) and If-None-Match (only *, on writes). Raises Invalid, and PreconditionFailed for
    an If-None-Match of a request that never `makes` anything.

    A weak tag is taken as its strong one: a CDN that compresses weakens it, and the version in it is still exact.
    """
    # META, as `headers` would be made of it for this request.
    match, none_match = request.META.get("HTTP_IF_MATCH"), request.META.get("HTTP_IF_NONE_MATCH")
    if match is None and "HTTP_IF_UNMODIFIED_SINCE" in request.META:
        # Of two changes within a second one would be lost, and without a word both.
        raise Invalid.header("If-Unmodified-Since", "Send the ETag as If-Match: times are not exact enough.")
    if none_match is not None and none_match.strip() != "*":
        raise Invalid.header("If-None-Match", "Only * has a meaning here.")
    if match is None:
        if none_match is not None and not makes:
            raise PreconditionFailed("What does not exist can't be changed.")
        return Precondition(exists=None if none_match is None else False)
    if none_match is not None:
        raise Invalid.header("If-Match", "Send this or If-None-Match, not both.")
    if match.strip() == "*":
        return Precondition(exists=True)
    found = _TAG.fullmatch(match.strip())
    if found is None:
        raise Invalid.header("If-Match", 'Send one ETag in quotes, as in "v3", or *.')
    return Precondition(version=int(found[1]) if found[1] else -1, made=found[2], exists=True)
