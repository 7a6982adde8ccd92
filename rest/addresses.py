"""Absolute addresses, made once a request and once a process, as Django's own are slow."""

from functools import lru_cache

from django.http import HttpRequest
from django.urls import get_script_prefix, reverse
from rest_framework.request import Request


def site(request: HttpRequest | Request) -> str:
    """Scheme and host, as the caller wrote them; CommonMiddleware has refused a host that is not ours."""
    return f"{request.scheme}://{request.META.get('HTTP_HOST') or request.get_host()}"


def address(request: HttpRequest | Request, name: str) -> str:
    """The absolute address of the URL of this name, which has no parameters."""
    return f"{site(request)}{_path(name, get_script_prefix())}"


@lru_cache(maxsize=256)
def _path(name: str, prefix: str) -> str:
    return reverse(name)  # which begins with the prefix
