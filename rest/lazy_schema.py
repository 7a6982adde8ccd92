"""What views say of themselves for the OpenAPI description, kept until somebody asks for it."""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any, TypeVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt

F = TypeVar("F", bound=Callable[..., Any])

_said: list[tuple[Callable[..., Any], dict[str, Any]]] = []


def extend_schema(**words: object) -> Callable[[F], F]:
    """drf-spectacular's decorator, put on by `describe`: what it imports would slow every cold start."""

    def remember(method: F) -> F:
        _said.append((method, words))
        return method

    return remember


def describe(endpoints: list[Any], **kwargs: object) -> list[Any]:
    """Preprocessing hook: put on what was remembered."""
    from drf_spectacular.utils import extend_schema

    while _said:
        method, words = _said.pop()
        extend_schema(**words)(method)
    return endpoints


def on_demand(view: str, **options: object) -> Callable[..., HttpResponseBase]:
    """A view, by its dotted name, whose module is imported by the first request for it."""

    @cache
    def loaded() -> Callable[..., HttpResponseBase]:
        made: Callable[..., HttpResponseBase] = import_string(view).as_view(**options)
        return made

    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        return loaded()(request, *args, **kwargs)

    return csrf_exempt(answer)


class Later:
    """The views of a module by their names, each to be put into a urlconf; the first request for one imports them.

    None of them asks for Django's CSRF token, which only the admin uses: a page's own decorator would be seen too late.
    """

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Callable[..., HttpResponseBase]:
        def view(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            found: Callable[..., HttpResponseBase] = getattr(import_module(self._module), name)
            return found(request, *args, **kwargs)

        view.__name__, view.__module__ = name, self._module
        return csrf_exempt(view)
