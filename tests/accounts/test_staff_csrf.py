"""The one middleware of the admin: every POST under /admin/ needs the CSRF token, and nothing else is touched."""

import pytest
from django.http import HttpRequest
from django.test import Client, RequestFactory

from accounts.staff import session
from accounts.staff.middleware import AdminMiddleware
from accounts.staff.models import StaffUser


@pytest.mark.parametrize("path", ["/admin/", "/admin/logout/", "/admin/failures/", "/admin/no/such/page/"])
def test_a_post_without_a_token_is_refused(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    user = StaffUser.of(sub="someone", email="edith@example.com", groups=["admins"])
    monkeypatch.setattr(session, "last_known", lambda _: user)
    monkeypatch.setattr(session, "current", lambda _: user)
    answer = Client(enforce_csrf_checks=True).post(path)
    assert answer.status_code == 403
    assert "did not come from here" in answer.content.decode()


def test_other_requests_pass_untouched() -> None:
    seen: list[HttpRequest] = []
    layer = AdminMiddleware(seen.append)  # type: ignore[arg-type]
    for path in ("/", "/api/todos/", "/administration/", "/todos/admin/"):
        layer(RequestFactory().get(path))
    assert [hasattr(each, "session") or hasattr(each, "urlconf") for each in seen] == [False] * 4
