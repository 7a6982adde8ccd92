"""What views say of themselves for the OpenAPI description, kept until somebody asks for it."""

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

_said: list[tuple[Callable[..., Any], dict[str, Any]]] = []


def extend_schema(**words: object) -> Callable[[F], F]:
    """drf-spectacular's decorator, put on by `describe`: what it imports would slow every cold start."""

    def remember(method: F) -> F:
        _said.append((method, words))
        return method

    return remember


def location(what: str, *statuses: int) -> Any:
    """The header Location of answers, of 201 if none is named: where what was made is, or has moved to."""
    from drf_spectacular.types import OpenApiTypes
    from drf_spectacular.utils import OpenApiParameter

    found = list(statuses) or [201]
    return OpenApiParameter("Location", OpenApiTypes.URI, OpenApiParameter.HEADER, response=found, description=what)


def describe(endpoints: list[Any], **kwargs: object) -> list[Any]:
    """Preprocessing hook: put on what was remembered."""
    from drf_spectacular.utils import extend_schema

    while _said:
        method, words = _said.pop()
        extend_schema(**words)(method)
    return endpoints
