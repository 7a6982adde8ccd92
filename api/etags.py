"""A resource's version is its ETag; If-Match and If-None-Match become a version a conditional write enforces."""

import re
from dataclasses import dataclass

from django.http import HttpRequest

from api.problems import Invalid

_TAG = re.compile(r'(?:W/)?"(?:v(\d{1,15})(?:\.[0-9a-z]+)?|[^"]*)"')


@dataclass(frozen=True)
class Precondition:
    """What a write is conditional on. `version` is the one to be at, -1 for a tag no version can have."""

    version: int | None = None
    must_exist: bool = False
    must_not_exist: bool = False


def etag(version: int, variant: str = "") -> str:
    """The ETag of a resource at this version.

    `variant`, of digits and small letters, tells representations of one version apart; If-Match looks at the version.
    """
    return f'"v{version}.{variant}"' if variant else f'"v{version}"'


def precondition(request: HttpRequest) -> Precondition:
    """From If-Match (one tag, or *) and If-None-Match (only *, on writes). Raises Invalid.

    A weak tag is taken as its strong one: a CDN that compresses weakens it, and the version in it is still exact.
    """
    match, none_match = request.headers.get("If-Match"), request.headers.get("If-None-Match")
    if none_match is not None and none_match.strip() != "*":
        raise Invalid.header("If-None-Match", "Only * has a meaning here.")
    if match is None:
        return Precondition(must_not_exist=none_match is not None)
    if none_match is not None:
        raise Invalid.header("If-Match", "Send this or If-None-Match, not both.")
    if match.strip() == "*":
        return Precondition(must_exist=True)
    found = _TAG.fullmatch(match.strip())
    if found is None:
        raise Invalid.header("If-Match", 'Send one ETag in quotes, as in "v3", or *.')
    return Precondition(version=int(found[1]) if found[1] else -1, must_exist=True)
