"""Bodies that no endpoint takes, whatever its fields: as bytes, with their content type and the status they deserve.

@pytest.mark.parametrize(*BAD_BODIES)
def test_it_refuses_a_body(alice: Persona, body: bytes, content_type: str, status: int) -> None:
    answer = alice.api.post(URL, body, content_type=content_type)
    assert_refused(answer, status)
"""

from typing import Any

import pytest

JSON = "application/json"

BAD_BODIES = (
    ("body", "content_type", "status"),
    [
        pytest.param(b"{", JSON, 400, id="cut off"),
        pytest.param(b"", JSON, 400, id="empty"),
        pytest.param(b"not json", JSON, 400, id="no JSON"),
        pytest.param(b"[]", JSON, 400, id="array"),
        pytest.param(b'"text"', JSON, 400, id="string"),
        pytest.param(b"12", JSON, 400, id="number"),
        pytest.param(b"null", JSON, 400, id="null"),
        pytest.param(b'{"unknown": 1}', JSON, 400, id="unknown field"),
        pytest.param(b'{"title": NaN}', JSON, 400, id="NaN"),
        pytest.param(b'{"title": "\xff\xfe"}', JSON, 400, id="bad UTF-8"),
        pytest.param(b'{"title": "\\ud800"}', JSON, 400, id="lone surrogate"),
        pytest.param(b'{"title": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", JSON, 400, id="deep"),
        pytest.param(b'{"title": ' + b"9" * 10_000 + b"}", JSON, 400, id="huge number"),
        pytest.param(b'{"title": "' + b"x" * (1024 * 1024) + b'"}', JSON, 413, id="over the limit"),
        pytest.param(b'{"title": "' + b"x" * (10 * 1024 * 1024) + b'"}', JSON, 413, id="10 MB"),
        pytest.param(b"title=x", "application/x-www-form-urlencoded", 415, id="form"),
        pytest.param(b"{}", "text/plain", 415, id="text"),
    ],
)


def assert_refused(answer: Any, status: int = 400, pointer: str | None = None) -> None:
    """A problem of this status; with `pointer`, one of its errors points there."""
    assert answer.status_code == status, (answer.status_code, answer.content)
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    if pointer is not None:
        assert pointer in {error.get("pointer") for error in problem.get("errors", [])}, problem
