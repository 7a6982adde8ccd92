"""The pages' policy: a browser runs and fetches what is the site's, and nothing else."""

import pytest
from django.test import Client, override_settings

from blog.pages import responses
from tests.blog.test_pages import PATHS


@pytest.mark.parametrize("path", PATHS)
def test_a_browser_may_run_and_fetch_nothing_else(path: str) -> None:
    policy = Client().get(path)["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "script-src" not in policy
    assert "*" not in policy


def test_styles_and_pictures_come_from_the_hosts_that_have_them() -> None:
    with override_settings(STATIC_URL="https://files.example/static/", THUMBNAILS_URL="https://pictures.example/t"):
        policy = responses._policy.__wrapped__()
    assert set(policy.split("; ")) == {
        "default-src 'none'",
        "style-src 'self' https://files.example",
        "img-src 'self' https://files.example https://pictures.example",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    }
