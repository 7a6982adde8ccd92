"""A pytest plugin that runs the API's own tests against a deployment: `-p tests.deploy.remote`.

DEPLOYED names a JSON file: the function's variables, for each path's beginning the API that serves it, and what is sent
along to be taken for CloudFront. Requests of APIClient go there over HTTP; the deployed site's address is called
`testserver`, as tests know it. Tests that look into
the process (they count its requests, change its settings) can't be asked of another and are left out.
"""

import inspect
import json
import os
from pathlib import Path
from typing import Any

import pytest
import urllib3

_INSIDE = ("recorded_requests", "monkeypatch", "override_settings", "live_server", "caplog", "handlers", "mock")
_MODELS = ("Todo.", "Post.", "Upload.", "Subscriber.", "Counter.", "client(", "settings.")


class Site:
    """The deployed APIs behind one address."""

    def __init__(self, deployed: dict[str, Any]) -> None:
        self.endpoint: str = deployed["endpoint"]
        self.apis: dict[str, list[str]] = deployed["apis"]
        self.site: str = deployed["site"]
        self.headers: dict[str, str] = deployed["headers"]
        self.http = urllib3.PoolManager(retries=False, timeout=30, maxsize=8)

    def api_of(self, path: str) -> tuple[str, str]:
        """Host and prefix of the API for a path: that of its longest known beginning."""
        host, prefix = self.apis[max((each for each in self.apis if path.startswith(each)), key=len)]
        return host, prefix

    def __call__(self, environ: dict[str, Any]) -> Any:
        """Answer one WSGI request by asking the deployment."""
        from django.core.handlers.wsgi import WSGIRequest
        from django.http import HttpResponse

        request = WSGIRequest(environ)
        path = request.get_full_path()
        host, prefix = self.api_of(path)
        headers = {name[5:].replace("_", "-"): value for name, value in environ.items() if name.startswith("HTTP_")}
        if environ.get("CONTENT_TYPE"):
            headers["Content-Type"] = environ["CONTENT_TYPE"]
        answer = self.http.request(
            environ["REQUEST_METHOD"],
            self.endpoint + prefix + path,
            body=environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)),
            headers={**headers, **self.headers, "Host": host},
            redirect=False,
        )
        response = HttpResponse(self._renamed(answer.data), status=answer.status)
        for name in ("Content-Type", "Date"):
            del response[name]
        for name, value in answer.headers.items():
            if name.lower() not in {"content-length", "transfer-encoding", "connection", "content-encoding"}:
                # API Gateway gives WWW-Authenticate another name, which is not the API's own doing.
                response[name.lower().removeprefix("x-amzn-remapped-")] = self._renamed(value.encode()).decode()
        response.wsgi_request = request  # type: ignore[attr-defined]  # as the client expects it
        return response

    def _renamed(self, text: bytes) -> bytes:
        if self.site:
            return text.replace(self.site.encode(), b"http://testserver")
        for host, prefix in self.apis.values():
            for scheme in ("https", "http"):
                text = text.replace(f"{scheme}://{host}{prefix}".encode(), b"http://testserver")
            text = text.replace(f'"{prefix}/'.encode(), b'"/')
        return text


def pytest_configure(config: pytest.Config) -> None:
    """Be as the deployed function is: its variables, its tables, its users."""
    deployed = json.loads(Path(os.environ["DEPLOYED"]).read_text())
    os.environ.update(deployed["variables"])
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"

    import django
    from django.test.utils import setup_test_environment

    django.setup()
    setup_test_environment(debug=False)

    from rest_framework import test

    site = Site(deployed)
    setattr(test.ForceAuthClientHandler, "__call__", lambda _, environ: site(environ))  # noqa: B010 - mypy knows better


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what looks into the process, and of each test all parameters but the first: they are tested there."""
    chosen: dict[str, pytest.Item] = {}
    for item in sorted(items, key=_number):  # the order is random
        if not _looks_inside(item):
            chosen.setdefault(item.nodeid.partition("[")[0], item)
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen.values()])
    items[:] = chosen.values()


def _number(item: pytest.Item) -> int:
    """0 for the first parameters of a test."""
    return sum(item.callspec.indices.values()) if hasattr(item, "callspec") else 0


def _looks_inside(item: pytest.Item) -> bool:
    source = inspect.getsource(item.function)  # type: ignore[attr-defined]  # every test here is a function
    fixtures: list[str] = item.fixturenames  # type: ignore[attr-defined]
    return any(word in source for word in (*_INSIDE, *_MODELS)) or not {"monkeypatch", "live_server"}.isdisjoint(
        fixtures
    )
