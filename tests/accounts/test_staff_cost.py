"""What the admin costs those who don't use it, and those who do."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from django.test import Client

from dynamo.testing import recorded_requests
from tests.accounts.editor import Editor
from tests.live import LiveServer
from tests.personas import Persona

# Answers one request in a new process, then tells what that took: which modules, and how many DynamoDB requests.
COLD = """
import json, sys
from config.lambda_handler import handler
from dynamo.testing import recorded_requests
event = {"httpMethod": "GET", "path": sys.argv[1], "headers": {"Host": "localhost", "Cookie": "staff=x"},
         "requestContext": {"identity": {"sourceIp": "192.0.2.1"}, "path": sys.argv[1]}, "body": None}
with recorded_requests() as sent:
    answer = handler(event, None)
print(json.dumps({"status": answer["statusCode"], "sent": sent, "modules": sorted(sys.modules)}))
"""
STAFF = {"accounts.staff.views", "accounts.staff.session", "accounts.staff.saved_forms"}


def cold(path: str, **variables: str) -> dict[str, Any]:
    """The first request of a Lambda function."""
    env = {**os.environ, "AWS_LAMBDA_FUNCTION_NAME": "a-function", **variables}
    done = subprocess.run([sys.executable, "-c", COLD, path], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize(("path", "sent"), [("/api/blog/posts/", ["Query"]), ("/", None), ("/api/health/", [])])
def test_other_requests_load_nothing_of_the_admin_and_ask_for_no_session(path: str, sent: list[str] | None) -> None:
    found = cold(path)
    assert found["status"] == 200
    assert sent is None or found["sent"] == sent
    assert "GetItem" not in found["sent"]
    modules = set(found["modules"])
    assert modules.isdisjoint(STAFF | {"config.admin_urls", "accounts.staff.sites", "blog.admin", "media.admin"})


def test_todos_by_themselves_know_nothing_of_staff() -> None:
    modules = cold("/api/health/", SERVICES="todos")["modules"]
    assert [name for name in modules if name.startswith(("accounts.staff", "dynamo.admin", "dynamo.sessions"))] == []
    assert "django.contrib.auth.models" not in modules


def test_the_first_request_for_the_admin_loads_it() -> None:
    found = cold("/admin/login/")
    assert found["status"] in {302, 303}
    assert "config.admin_urls" in found["modules"]


def test_the_api_asks_for_no_session(edith: Persona) -> None:
    with recorded_requests() as sent:
        edith.api.get("/api/todos/", HTTP_COOKIE="staff=something")
    assert sent == ["Query"]


def test_a_stranger_costs_nothing() -> None:
    with recorded_requests() as sent:
        answer = Client().get("/admin/")
    assert (answer.status_code, sent) == (303, [])


def test_a_page_of_the_admin_costs_one_get_for_its_session(live_server: LiveServer, edith: Persona) -> None:
    editor = Editor(live_server.url)
    editor.sign_in(edith)
    client = Client(headers={"cookie": f"staff={editor.key}"})
    with recorded_requests() as sent:
        answer = client.get("/admin/jsi18n/")
    assert (answer.status_code, sent) == (200, ["GetItem"])


@pytest.mark.parametrize("path", ["/admin", "/admin?a=b"])
def test_the_forgotten_slash_is_put_right(path: str) -> None:
    answer = Client().get(path)
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (301, "/admin/")


@pytest.mark.parametrize("path", ["/administrator/", "/admin-x/", "/api/admin/"])
def test_similar_addresses_are_not_the_admins(path: str) -> None:
    assert Client().get(path).status_code == 404
