"""Views whose modules are imported by the first request for one: a start pays for no view that nobody asked for."""

from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string


class LazyView:
    """A view of a urlconf, a function or a class, by its dotted name; `options` are as_view's.

    No view asks for Django's CSRF token, which only the admin uses: a view's own decorator would be seen too late.
    """

    csrf_exempt = True

    def __init__(self, path: str, **options: object) -> None:
        self.__module__, _, self.__name__ = path.rpartition(".")
        self.__qualname__ = self.__name__
        self._options = options

    @cached_property
    def loaded(self) -> Any:
        """The view, imported."""
        view = import_string(f"{self.__module__}.{self.__name__}")
        return view.as_view(**self._options) if hasattr(view, "as_view") else view

    # What DRF and drf-spectacular ask of the view of a class; a function's has neither.

    @property
    def cls(self) -> Any:
        return self.loaded.cls

    @property
    def initkwargs(self) -> Any:
        return self.loaded.initkwargs

    def __call__(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        answer: HttpResponseBase = self.loaded(request, *args, **kwargs)
        return answer


class LazyViews:
    """The views of a module by their names, to be put into a urlconf."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> LazyView:
        return LazyView(f"{self._module}.{name}")
