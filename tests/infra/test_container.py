"""The container's start command serves the site, without a Docker engine, and ends without cutting a request off."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

from infra.container.wsgi import application
from infra.lint import INFRA_DIR, load
from tests.conftest import _free_port
from tests.waiting import until

DOCKERFILE = (INFRA_DIR / "container" / "Dockerfile").read_text()
http = urllib3.PoolManager(retries=False, timeout=10)


@pytest.fixture
def server() -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The Dockerfile's own command as a process, and where it listens."""
    command = re.search(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    assert command
    program, *arguments = json.loads(command[1])
    port = _free_port()
    process = subprocess.Popen(
        [str(Path(sys.executable).with_name(program)), *arguments],
        cwd=INFRA_DIR.parent,
        env={**os.environ, "PORT": str(port), "WORKERS": "1"},
    )
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def answers(url: str) -> bool:
    """Whether it answers 200."""
    try:
        return http.request("GET", url).status == 200
    except urllib3.exceptions.HTTPError:
        return False


def test_it_serves_and_ends_when_told(server: tuple[subprocess.Popen[bytes], str]) -> None:
    process, url = server
    until(lambda: answers(f"{url}/api/health/deep/"), "the start", 30)
    assert http.request("GET", f"{url}/api/todos/").status == 401
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [("203.0.113.9", "203.0.113.9"), ("1.1.1.1, 2.2.2.2, 203.0.113.9", "203.0.113.9"), ("", "10.0.0.1")],
)
def test_the_address_is_the_load_balancers_word(monkeypatch: pytest.MonkeyPatch, forwarded: str, address: str) -> None:
    seen: list[dict[str, Any]] = []

    def django(environ: dict[str, Any], _: Any) -> list[bytes]:
        seen.append(environ)
        return []

    monkeypatch.setattr("infra.container.wsgi.django", django)
    application({"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": forwarded}, lambda *_: None)
    assert seen[0]["REMOTE_ADDR"] == address


def test_the_container_has_every_package_of_the_project_and_no_root() -> None:
    copied = set(re.findall(r"COPY --from=build /app/(\w+) ", DOCKERFILE))
    assert copied >= {"config", "dynamo", "api", "accounts", "todos", "blog", "media"}
    assert "USER app" in DOCKERFILE


@pytest.mark.parametrize("template", ["container/fargate.yaml", "sam.yaml"])
def test_it_is_told_all_that_the_settings_ask_for(template: str) -> None:
    text = (INFRA_DIR / template).read_text()
    settings = (INFRA_DIR.parent / "config" / "settings.py").read_text()
    needed = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)",[^()\n]*if LOCAL else None', settings))
    assert {"SECRET_KEY", "SITE_URL", "MEDIA_TOPIC_ARN"} <= needed
    assert {name for name in needed if name not in text} == set()


def test_the_load_balancer_alone_reaches_it() -> None:
    resources = load(INFRA_DIR / "container" / "fargate.yaml")["Resources"]
    rules = resources["ContainerGroup"]["Properties"]["SecurityGroupIngress"]
    assert [rule["SourceSecurityGroupId"] for rule in rules] == [{"Ref": "BalancerGroup"}]
