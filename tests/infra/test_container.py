"""The container without a Docker engine: what the Dockerfile copies, started by its own command, is the whole site.

A folder of what the image would hold runs with the variables of the Fargate task and nothing else; AWS credentials come
as they do there, from an address.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatch
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
import urllib3
from django.test import override_settings

from config.services import NAMES, SHARED
from infra.container.wsgi import application
from infra.lint import INFRA_DIR, load
from infra.local.emulator import CREDENTIALS
from tests.conftest import _free_port
from tests.deploy.site import CONTRACT, LEFT_OUT
from tests.infra.copies import project_files
from tests.personas import Persona
from tests.waiting import until

ROOT = INFRA_DIR.parent
DOCKERFILE = (INFRA_DIR / "container" / "Dockerfile").read_text().replace("\\\n", "")
COPIED = [line.split()[1:] for line in DOCKERFILE.splitlines() if line.startswith("COPY ")]
TASK = load(INFRA_DIR / "container" / "fargate.yaml")["Resources"]["Task"]["Properties"]
HOST = "site.example"
http = urllib3.PoolManager(retries=False, timeout=10)


@dataclass(frozen=True)
class Server:
    """The container's process."""

    process: subprocess.Popen[bytes]
    port: int
    folder: Path
    variables: dict[str, str]

    def get(self, path: str, token: str = "") -> urllib3.BaseHTTPResponse:
        """An answer of the site."""
        headers = {"Host": HOST, **({"Authorization": f"Bearer {token}"} if token else {})}
        return http.request("GET", f"http://127.0.0.1:{self.port}{path}", headers=headers)

    def is_healthy(self) -> bool:
        """What the container's own health check says."""
        program, *arguments = health_check()
        assert program == "python"
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=self.folder, env=self.variables, timeout=10, check=False).returncode == 0


def health_check() -> list[str]:
    """The command of the image's health check, which is the task's, too."""
    found = re.search(r"^HEALTHCHECK .*CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    assert found
    command: list[str] = json.loads(found[1])
    assert TASK["ContainerDefinitions"][0]["HealthCheck"]["Command"] == ["CMD", *command]
    return command


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the last stage of the Dockerfile holds, made by the Dockerfile's own commands from what is sent to it."""
    build, folder = tmp_path_factory.mktemp("build"), tmp_path_factory.mktemp("image")
    for name in sent():
        copy(ROOT / name, build / name)
    own = [command for command in re.findall(r"^RUN (.*)$", DOCKERFILE, re.MULTILINE) if " -m " in command]
    *making, compiling = own
    assert [re.search(r"collectstatic|infra\.container\.image", each) is not None for each in making] == [True, True]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    places = {"/tmp/": f"{tmp_path_factory.mktemp('tmp')}/", "/image": str(folder)}
    for command in making:
        run(re.sub("|".join(places), lambda found: places[found[0]], command), build, path)
    assert ["--from=build", "/image", "."] in COPIED
    run(compiling, folder, path)
    return folder


def run(command: str, folder: Path, path: str) -> None:
    """One RUN line, in a folder of the image; the packages are those of the tests."""
    variables = {"PATH": path, "PYTHONPATH": str(folder)}
    done = subprocess.run(command, shell=True, cwd=folder, env=variables, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def sent() -> list[str]:
    """What .dockerignore lets through of the project's files: of all lines that match, the last one decides."""
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    return [name for name in project_files() if is_sent(name, lines)]


def is_sent(name: str, lines: list[str]) -> bool:
    """Whether a file is part of the build's context."""
    kept = True
    parts = Path(name).parts
    for line in lines:
        pattern = line.removeprefix("!")
        tops = ["/".join(parts[:length]) for length in range(1, len(parts) + 1)]
        inner = pattern.removeprefix("**/")
        candidates = parts if inner != pattern else [each for each in tops if each.count("/") == pattern.count("/")]
        if any(fnmatch(each, inner) for each in candidates):
            kept = line.startswith("!")
    return kept


def copy(source: Path, target: Path) -> None:
    """A file, into a folder that may not be there yet."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)


@pytest.fixture(scope="module")
def credentials_url() -> Iterator[str]:
    """Where a task finds the credentials of its role."""

    class Role(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            ends = datetime.now(UTC) + timedelta(hours=1)
            keys = {
                "AccessKeyId": CREDENTIALS["AWS_ACCESS_KEY_ID"],
                "SecretAccessKey": CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
                "Token": "token",
                "Expiration": ends.isoformat(),
            }
            self.wfile.write(json.dumps(keys).encode())

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Role) as server:
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/role"
        server.shutdown()


@pytest.fixture
def server(image: Path, credentials_url: str) -> Iterator[Server]:
    """The Dockerfile's own command, in the image's folder."""
    command = re.search(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    assert command
    program, *arguments = json.loads(command[1])
    port = _free_port()
    variables = {**task_variables(), "AWS_CONTAINER_CREDENTIALS_FULL_URI": credentials_url, "PORT": str(port)}
    variables |= {"WORKERS": "1", "AWS_ENDPOINT_URL": os.environ["AWS_ENDPOINT_URL"]}
    process = subprocess.Popen([str(Path(sys.executable).with_name(program)), *arguments], cwd=image, env=variables)
    found = Server(process, port, image, variables)
    try:
        until(partial(is_up, found), "the start", 30)
        yield found
    finally:
        process.kill()
        process.wait()


def task_variables() -> dict[str, str]:
    """The variables of the task definition with the embedded AWS's values."""
    [container] = TASK["ContainerDefinitions"]
    names = {each["Name"] for each in [*container["Environment"], *container["Secrets"]]}
    own = {
        **dict.fromkeys(("DISTRIBUTION_ID", "READS_PERCENT", "SECRET_KEY_FALLBACKS"), ""),
        "EDGE_KEY": "former,key",
        "EDGE_ONLY": "false",
        "PUSH_KEY": "push-key",
        "STAGE": "container",
        "SITE_URL": f"https://{HOST}",
        "ALLOWED_HOSTS": HOST,
        "STATIC_URL": "/static/",
        "STAFF_MFA": "true",
        "UPLOADS_ACCELERATED": "false",
    }
    return {name: own[name] if name in own else os.environ[name] for name in names}


def is_up(server: Server) -> bool:
    """Whether it answers."""
    try:
        return server.get("/api/health/").status == 200
    except urllib3.exceptions.HTTPError:
        return False


def test_what_the_image_holds_serves_the_site(server: Server, alice: Persona) -> None:
    assert server.get("/api/health/deep/").status == 200
    assert server.get("/api/todos/").status == 401
    assert server.get("/api/todos/", alice.access_token).json() == []
    assert b"/static/" in server.get("/").data
    assert server.get("/admin/").status == 303
    assert server.get("/api/schema/").status == 200


def test_a_body_in_chunks_is_read_as_any_other(server: Server, alice: Persona) -> None:
    """As apps send one whose length they don't know yet; API Gateway would have put it together."""
    headers = {"Host": HOST, "Authorization": f"Bearer {alice.access_token}", "Content-Type": "application/json"}

    def send(*chunks: bytes) -> urllib3.BaseHTTPResponse:
        address = f"http://127.0.0.1:{server.port}/api/todos/"
        return http.request("POST", address, body=iter(chunks), headers=headers, chunked=True)

    answer = send(b'{"title": ', b'"Buy milk"}')
    assert (answer.status, answer.json()["title"]) == (201, "Buy milk")
    assert send(b'{"title": "', *[b"x" * 100_000] * 11, b'"}').status == 413
    assert server.get("/api/health/").status == 200


def test_its_health_check_tells_a_server_that_answers_from_one_that_does_not(server: Server) -> None:
    assert server.is_healthy()
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(30) == 0
    assert not server.is_healthy()


def test_no_request_is_lost_when_it_is_told_to_stop(server: Server) -> None:
    half_sent = [begin_subscription(server, f"{number}-{server.port}@example.com") for number in range(6)]
    under_way = Barrier(5, timeout=30)
    with ThreadPoolExecutor(4) as pool:
        sending = [pool.submit(ask_until_refused, server, under_way) for _ in range(4)]
        under_way.wait()
        server.process.send_signal(signal.SIGTERM)
        until(lambda: not accepts(server), "the door closing", 20)
        for connection, rest in half_sent:
            connection.sendall(rest)
        answers = [connection.makefile("rb").readline() for connection, _ in half_sent]
        asked = [each.result(30) for each in sending]
    assert answers == [b"HTTP/1.1 202 Accepted\r\n"] * 6
    assert all(sent == answered for sent, answered in asked), asked
    assert server.process.wait(30) == 0
    for connection, _ in half_sent:
        connection.close()


def begin_subscription(server: Server, email: str) -> tuple[socket.socket, bytes]:
    """A request of which half was sent, and the other half."""
    body = json.dumps({"email": email}).encode()
    head = f"POST /api/blog/subscribers/ HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
    request = f"{head}X-Forwarded-For: 192.0.2.{len(email)}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    connection.sendall(request[: -len(body) // 2])
    return connection, request[-len(body) // 2 :]


def ask_until_refused(server: Server, under_way: Barrier) -> tuple[int, int]:
    """How many requests were sent, over one connection as long as it lasts, and how many were answered."""
    sent = answered = 0
    pool = urllib3.HTTPConnectionPool("127.0.0.1", server.port, maxsize=1, retries=False, timeout=10)
    while True:
        try:
            sent += 1
            answer = pool.request("GET", "/api/health/", headers={"Host": HOST})
        except urllib3.exceptions.NewConnectionError:
            return sent - 1, answered
        assert answer.status == 200
        answered += 1
        if answered == 1:
            under_way.wait()


def accepts(server: Server) -> bool:
    """Whether a new connection is taken."""
    try:
        socket.create_connection(("127.0.0.1", server.port), timeout=1).close()
    except ConnectionRefusedError:
        return False
    return True


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [("203.0.113.9", "203.0.113.9"), ("1.1.1.1, 2.2.2.2, 203.0.113.9", "203.0.113.9"), ("", "10.0.0.1")],
)
def test_the_address_is_the_load_balancers_word(monkeypatch: pytest.MonkeyPatch, forwarded: str, address: str) -> None:
    seen: list[dict[str, Any]] = []

    def django(environ: dict[str, Any], _: object) -> list[bytes]:
        seen.append(environ)
        return []

    monkeypatch.setattr("infra.container.wsgi.django", django)
    application({"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": forwarded}, lambda *_: None)
    assert seen[0]["REMOTE_ADDR"] == address


@pytest.mark.parametrize("key", ["", "other", "former,key"])
def test_cloudfronts_word_is_believed_with_its_key_alone(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    seen: list[dict[str, Any]] = []

    def django(environ: dict[str, Any], _: object) -> list[bytes]:
        seen.append(environ)
        return []

    monkeypatch.setattr("infra.container.wsgi.django", django)
    with override_settings(EDGE_KEYS=["former", "key"], SITE_URL=f"https://{HOST}"):
        for each in (key, "former", "key"):
            sent = {"HTTP_X_ORIGIN_KEY": each, "HTTP_X_VIEWER_ADDRESS": "198.51.100.7", "HTTP_HOST": "balancer.example"}
            application({**sent, "HTTP_X_FORWARDED_FOR": "203.0.113.9"}, lambda *_: None)
    assert [environ.get("edge.passed", False) for environ in seen] == [False, True, True]
    assert [environ["REMOTE_ADDR"] for environ in seen] == ["203.0.113.9", "198.51.100.7", "198.51.100.7"]
    assert [environ["HTTP_HOST"] for environ in seen] == ["balancer.example", HOST, HOST]
    assert not any("HTTP_X_ORIGIN_KEY" in environ for environ in seen)


def test_it_scales_by_load_and_no_deployment_sets_that_back() -> None:
    template = load(INFRA_DIR / "container" / "fargate.yaml")
    resources, parameters = template["Resources"], template["Parameters"]
    assert (parameters["MinTasks"]["Default"], parameters["MaxTasks"]["Default"]) == (1, 10)
    assert "DesiredCount" not in resources["Service"]["Properties"]
    assert resources["ScaleByLoad"]["Properties"]["PolicyType"] == "TargetTrackingScaling"
    condition, (sleep, wake), nothing = resources["Scaling"]["Properties"]["ScheduledActions"]["Fn::If"]
    assert (condition, nothing) == ("Sleeps", {"Ref": "AWS::NoValue"})
    assert sleep["ScalableTargetAction"] == {"MinCapacity": 0, "MaxCapacity": 0}
    assert wake["ScalableTargetAction"]["MinCapacity"] == {"Ref": "MinTasks"}
    assert resources["Service"]["Properties"]["DeploymentConfiguration"]["DeploymentCircuitBreaker"]["Enable"] is True


@pytest.mark.prove
def test_the_contract_holds_behind_the_load_balancer(server: Server, tmp_path: Path) -> None:
    """The API's own tests, each request with what a load balancer adds to it."""
    added = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Port": "443"}
    deployed = {
        "endpoint": f"http://127.0.0.1:{server.port}",
        "apis": {"/": [HOST, ""]},
        "site": f"https://{HOST}",
        "headers": {**added, "X-Amzn-Trace-Id": "Root=1-67891233-abcdef012345678912345678"},
        "variables": {**os.environ, **server.variables},
    }
    (tmp_path / "deployed.json").write_text(json.dumps(deployed))
    command = [sys.executable, "-m", "pytest", "-p", "tests.deploy.remote", "-n", "0", "-q"]
    done = subprocess.run(
        [*command, "-k", f"not ({' or '.join(LEFT_OUT)})", *CONTRACT],
        cwd=ROOT, env={**os.environ, "DEPLOYED": str(tmp_path / "deployed.json")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed
    assert int(passed[1]) > 90


def test_a_machines_own_files_are_not_sent_to_the_build() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    mine = (
        ".git/config",
        ".local/env.json",
        ".venv/bin/python",
        ".env",
        "key.pem",
        "build/x.zip",
        "todos/__pycache__/x.pyc",
    )
    assert [name for name in mine if is_sent(name, lines)] == []
    assert not [name for name in sent() if name.startswith(("tests/", "docs/", "benchmarks/", "."))]
    assert is_sent("a_new_service/service.py", lines)


def test_the_container_has_every_package_of_the_project_no_root_and_no_secret(image: Path) -> None:
    held = {path.name for path in image.iterdir()} - {"__pycache__"}
    assert held == {*SHARED, *NAMES, "infra", "manage.py", "staticfiles.json"}
    assert DOCKERFILE.rindex("USER 10001") > DOCKERFILE.rindex("RUN ")
    assert not re.search(r"^(ENV|ARG) .*(SECRET|PASSWORD|TOKEN|KEY)", DOCKERFILE, re.MULTILINE)


@pytest.mark.parametrize("template", ["container/fargate.yaml", "sam.yaml"])
def test_it_is_told_all_that_the_settings_ask_for(template: str) -> None:
    text = (INFRA_DIR / template).read_text()
    settings = (INFRA_DIR.parent / "config" / "settings.py").read_text()
    needed = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)",[^()\n]*if LOCAL else None', settings))
    needed |= set(re.findall(r'_made\("([A-Z_]+)"', settings))
    assert {"SECRET_KEY", "SITE_URL", "MEDIA_TOPIC_ARN"} <= needed
    assert {name for name in needed if name not in text} == set()


def test_the_load_balancer_alone_reaches_it() -> None:
    resources = load(INFRA_DIR / "container" / "fargate.yaml")["Resources"]
    rules = resources["ContainerGroup"]["Properties"]["SecurityGroupIngress"]
    assert [rule["SourceSecurityGroupId"] for rule in rules] == [{"Ref": "BalancerGroup"}]
