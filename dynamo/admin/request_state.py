"""What the admin remembers while it answers one request: Django's own views stand between writer and reader."""

from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest


@dataclass
class RequestState:
    """The state of one request."""

    # Why the form is shown again in place of being saved.
    problem: ValidationError | str | None = None
    # A row that has been read: Django's delete view asks for it once more.
    row: Any = None
    # The kind and the primary key of each row that was written.
    written: list[tuple[str, str]] = field(default_factory=list)


def state_of(request: HttpRequest) -> RequestState:
    """The state of a request, made when it is first asked for."""
    state: RequestState = vars(request).setdefault("row_admin_state", RequestState())
    return state
