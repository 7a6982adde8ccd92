"""Domain errors become problems at one place."""

import pytest

from rest.errors import to_problem
from serverless.errors import Busy, DomainError, Expired, InvalidState, InvalidValue, NotAllowed


@pytest.mark.parametrize(
    ("error", "status", "detail"),
    [
        (InvalidValue("too long", field="body", code="max_length"), 400, "The request is not valid."),
        (NotAllowed("editors alone"), 403, "editors alone"),
        (InvalidState("unfit", field="hero/upload", code="unusable"), 409, "unfit"),
        (Expired("a month ago"), 410, "a month ago"),
        (Busy("later", retry_after=7), 503, "later"),
    ],
)
def test_each_has_a_status_and_says_what_it_said(error: DomainError, status: int, detail: str) -> None:
    problem = to_problem(error)
    assert problem is not None
    assert (problem.status, problem.detail) == (status, detail)
    pointers = [(each.pointer, each.detail, each.code) for each in problem.errors]
    assert pointers == ([(f"/{error.field}", error.detail, error.code)] if error.field else [])
    assert problem.headers.get("Retry-After") == ("7" if status == 503 else None)


def test_every_kind_is_known() -> None:
    for kind in DomainError.__subclasses__():
        problem = to_problem(kind("x"))
        assert problem is not None
        assert problem.status != 500
