"""Time zones by IANA's names, the same in every process: systems have files beside them, such as `localtime`."""

from functools import cache
from importlib.resources import files

# A clock that is not set yet.
_NO_PLACE = {"Factory"}


def is_zone(name: str) -> bool:
    """Whether ZoneInfo takes this name wherever this code runs."""
    return name in _names()


@cache
def _names() -> set[str]:
    return set(files("tzdata").joinpath("zones").read_text().split()) - _NO_PLACE
