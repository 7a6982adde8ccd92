"""A process that starts lean has not imported what DRF would look for, and describes the API all the same."""

import json
import os
import subprocess
import sys
from importlib import import_module

import pytest
from django.http import HttpRequest
from django.urls import URLPattern
from rest_framework.test import APIClient

from blog.urls import urlpatterns
from rest.lazy_views import LazyViews

SCRIPT = """
import dataclasses, gc, sys

import rest.import_stubs  # what a local stage has would import some of it before
from rest_framework import compat

unused = {"asyncio", "django.db.models", "django.forms", "django.template", "django.core.mail", "django.contrib.admin"}
assert compat.yaml is compat.uritemplate is compat.requests is None and not compat.pygments_css("default")
assert not unused & sys.modules.keys(), unused & sys.modules.keys()
import uritemplate, yaml

from config.lambda_handler import handler

assert gc.isenabled() and gc.get_freeze_count()
assert not {"blog.pages.drafts", "blog.pages.feeds", "blog.pages.views"} & sys.modules.keys()

from config.services import NAMES, SHARED

made = {
    f"{name}.{kind.__qualname__}"
    for name, module in sys.modules.items() if name.partition(".")[0] in {*NAMES, *SHARED}
    for kind in vars(module).values()
    if isinstance(kind, type) and dataclasses.is_dataclass(kind) and kind.__module__ == name
}
# Each takes a third of a millisecond or more to make: values that a start needs are named tuples.
assert made == {
    "accounts.users.User", "dynamo.queries.Query", "media.keys.ObjectKey", "media.thumbnails.Pictures",
    "media.thumbnails.Rendition",
}, made


def get(path):
    return handler({"version": "2.0", "rawPath": path, "headers": {"Host": "localhost"},
                    "requestContext": {"http": {"method": "GET", "sourceIp": "192.0.2.1"}}}, None)


assert get("/api/todos/")["statusCode"] == 401
assert "django.contrib.admin" not in sys.modules
# A page's templates are read before there is an admin, and the admin's after it.
assert "</html>" in get("/todos/")["body"] and "</html>" in get("/admin/signed-out/")["body"]

import asyncio
from django.apps import apps
from django.db import models
from django.http import JsonResponse
from rest_framework import fields, relations

assert apps.get_model("blog", "Post") and apps.is_installed("django.contrib.admin")
assert isinstance(models.QuerySet(), relations.QuerySet) and not isinstance(1, relations.QuerySet)
assert JsonResponse({"one": 1}).content == b'{"one": 1}' and fields.DjangoImageField().label is None


async def two():
    return 2


from asgiref.sync import async_to_sync

assert async_to_sync(two)() == 2
try:
    type("Related", (relations.Manager,), {})
except TypeError as error:
    assert "stood in for" in str(error)
else:
    raise AssertionError
print(get("/api/schema/")["body"])
"""


def test_drf_does_without_what_nobody_gets(api: APIClient) -> None:
    env = {**os.environ, "AWS_LAMBDA_FUNCTION_NAME": "a-function"}
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    described, here = json.loads(done.stdout)["paths"], api.get("/api/schema/").json()["paths"]
    assert {path: list(methods) for path, methods in described.items()} == {
        path: list(methods) for path, methods in here.items()
    }


@pytest.mark.parametrize(
    "page", [page for page in urlpatterns if not hasattr(page.callback, "view_class")], ids=lambda page: str(page.name)
)
def test_a_view_that_is_imported_later_is_there(page: URLPattern) -> None:
    assert callable(getattr(import_module(page.callback.__module__), page.callback.__name__))


def test_a_view_that_is_not_there_says_so() -> None:
    with pytest.raises(ImportError, match="nothing"):
        LazyViews("blog.pages.views").nothing(HttpRequest())
