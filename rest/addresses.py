"""Absolute addresses, without Django's look through all URLs."""

from django.http import HttpRequest
from django.urls import get_script_prefix
from rest_framework.request import Request


def site(request: HttpRequest | Request) -> str:
    """Scheme and host, as the caller wrote them; CommonMiddleware has refused a host that is not ours."""
    return f"{request.scheme}://{request.META.get('HTTP_HOST') or request.get_host()}"


def address(request: HttpRequest | Request, path: str) -> str:
    """The absolute address of a path such as `api/todos/`, below the stage's prefix."""
    return f"{site(request)}{get_script_prefix()}{path}"
