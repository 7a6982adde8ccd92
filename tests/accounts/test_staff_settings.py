"""The admin's settings outside the laptop."""

import json
import os
import subprocess
import sys
from http.cookies import SimpleCookie

import pytest

HOST = "site.example"
ASK = """
import django, json
django.setup()
from django.conf import settings
from django.test import Client
answer = Client().get("/admin/", headers={"host": "site.example"}, secure=True)
cookies = answer.cookies.output(header="")
print(json.dumps([settings.SESSION_COOKIE_NAME, answer.status_code, answer["Location"], cookies]))
"""


def production(*command: str) -> subprocess.CompletedProcess[str]:
    left_out = {"DEBUG", "LOCAL_DIR"}
    env = {name: value for name, value in os.environ.items() if name not in left_out}
    env |= {"STAGE": "production", "ALLOWED_HOSTS": HOST, "SITE_URL": f"https://{HOST}/stage"}
    return subprocess.run([sys.executable, *command], env=env, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def answer() -> tuple[str, int, str, SimpleCookie]:
    """The session cookie's name; status, address and cookies of a stranger's first request."""
    done = production("-c", ASK)
    assert done.returncode == 0, done.stderr
    name, status, location, cookies = json.loads(done.stdout.splitlines()[-1])
    return name, status, location, SimpleCookie(cookies)


def test_cookies_are_bound_to_the_host_and_to_https(answer: tuple[str, int, str, SimpleCookie]) -> None:
    name, _, _, cookies = answer
    assert name.startswith("__Host-")
    assert cookies
    for cookie in cookies.values():
        assert cookie.key.startswith("__Host-sign-in-")
        assert (cookie["secure"], cookie["httponly"]) == (True, True)
        # What the prefix demands: without these a browser would drop it.
        assert (cookie["path"], cookie["domain"]) == ("/", "")


def test_the_return_address_is_the_registered_one(answer: tuple[str, int, str, SimpleCookie]) -> None:
    assert answer[1] == 303
    assert f"redirect_uri=https%3A%2F%2F{HOST}%2Fstage%2Fadmin%2Foidc%2Fcallback%2F&" in answer[2]


def test_djangos_own_checks_find_nothing() -> None:
    tags = [word for tag in ("security", "admin", "models", "urls", "templates") for word in ("--tag", tag)]
    done = production("manage.py", "check", "--deploy", "--fail-level", "WARNING", *tags)
    assert done.returncode == 0, done.stderr
