"""What is noted on a request while it is answered, as Django's views lie between who notes and who reads."""

from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest


@dataclass
class Notes:
    """One request's."""

    # Why the form is shown again in place of being saved.
    problem: ValidationError | str | None = None
    # A row that has been read: Django's delete view asks for it once more.
    row: Any = None
    # The kind and the primary key of each row that was written.
    written: list[tuple[str, str]] = field(default_factory=list)


def notes_on(request: HttpRequest) -> Notes:
    """The notes on a request; the first to ask begins them."""
    notes: Notes = vars(request).setdefault("row_notes", Notes())
    return notes
