"""Version numbers by Semantic Versioning 2.0.0 (semver.org).

Build metadata is refused: it has no place in the order, and its plus sign none in an address.
"""

import re

from updates.errors import Refused

MAX_LENGTH = 64
_NUMBER = r"(?:0|[1-9][0-9]*)"
_IDENTIFIER = rf"(?:{_NUMBER}|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)"
_VERSION = re.compile(rf"({_NUMBER})\.({_NUMBER})\.({_NUMBER})(?:-({_IDENTIFIER}(?:\.{_IDENTIFIER})*))?")

Precedence = tuple[int, int, int, bool, tuple[tuple[bool, int, str], ...]]


def precedence(version: str) -> Precedence:
    """What versions are ordered by (rule 11): numbers, then a release after its prereleases. Raises Refused."""
    found = _VERSION.fullmatch(version) if len(version) <= MAX_LENGTH else None
    if found is None:
        raise Refused(f"{version!r} is no version like 1.4.0 or 1.4.0-beta.1 (semver.org, without build metadata).")
    major, minor, patch, before = found.groups()
    return int(major), int(minor), int(patch), before is None, tuple(map(_identifier, (before or "").split(".")))


def _identifier(text: str) -> tuple[bool, int, str]:
    """Numbers come before words, by value."""
    return (False, int(text), "") if text.isdigit() else (True, 0, text)
