"""`make service NAME=memos` writes a service that works at once: its tests, the checks, a deployment of it alone."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

from infra.deploy.package import Platform, install
from infra.new_service import BadName, check, singular, write
from infra.stacks import PROJECT
from tests.deploy.account import Account, empty_account
from tests.deploy.roles import grants_of
from tests.infra.copies import Copy

NAME, STAGE = "memos", "production_memos"
CFN_LINT = "import sys; from cfnlint.runner import main; sys.exit(main())"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """The project with a service more."""
    copy = Copy(tmp_path_factory.mktemp("new") / "project")
    said = copy.run("-m", "infra.new_service", NAME)
    assert f"{NAME}/service.py" in said
    assert "start it again" in said
    # It is packed with the same libraries as the project.
    libraries = install(Platform(sys.version_info[:2]))
    (copy.folder / "build").mkdir()
    (copy.folder / "build" / libraries.name).symlink_to(libraries)
    return copy


def test_its_tests_pass(copy: Copy) -> None:
    said = copy.run("-m", "pytest", "-q", "-n", "0", f"tests/{NAME}", "tests/config/test_services.py")
    assert "passed" in said
    assert "failed" not in said


@pytest.mark.prove
def test_accounts_are_erased_with_it_and_its_alarm_is_in_the_runbook(copy: Copy) -> None:
    copy.run("-m", "pytest", "-q", "-n", "0", "tests/mydata/test_declarations.py", "tests/docs/test_runbook.py")


def test_the_checks_pass(copy: Copy) -> None:
    copy.run("-m", "ruff", "check", NAME, f"tests/{NAME}", "config")
    copy.run("-m", "ruff", "format", "--check", NAME, f"tests/{NAME}", "config")
    copy.check()
    copy.run("-c", CFN_LINT, f"{NAME}/stack.yaml", "mydata/stack.yaml")


@pytest.mark.prove
@pytest.mark.timeout(600)
def test_its_types_fit(copy: Copy) -> None:
    copy.run("-m", "mypy", NAME, f"tests/{NAME}", "config")


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with empty_account(tmp_path_factory.mktemp("new-service-account")) as account:
        yield account


@pytest.mark.prove
@pytest.mark.timeout(300)
def test_it_is_deployed_alone(copy: Copy, account: Account) -> None:
    command = [sys.executable, "-m", "zappa.cli", "deploy", STAGE]
    done = subprocess.run(
        command, cwd=copy.folder, env=account.environment, capture_output=True, text=True, check=False, timeout=280
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    [api] = account.client("apigateway").get_rest_apis()["items"]
    host = {"Host": f"{api['id']}.execute-api.localhost"}
    url = f"{account.emulator.endpoint_url}/{STAGE}/api"
    http = urllib3.PoolManager(retries=False, timeout=30)
    assert http.request("GET", f"{url}/{NAME}/", headers=host).status == 401
    assert http.request("GET", f"{url}/todos/", headers=host).status == 404
    token = sign_up(account)
    made = http.request("POST", f"{url}/{NAME}/", json={"text": "x"}, headers={**host, "Authorization": token})
    assert made.status == 201, made.data
    table = f"{PROJECT}-production-{NAME}"
    granted = {each.action for each in grants_of(account, f"{table}-function") if each.resource.endswith(f"/{table}")}
    assert "dynamodb:BatchGetItem" in granted, "as the admin's list reads rows that were just saved"
    [source] = account.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    assert f"{NAME}/stream" in source["EventSourceArn"]


def sign_up(account: Account) -> str:
    """The Authorization header of a new user."""
    cognito = account.client("cognito-idp")
    [pool] = cognito.list_user_pools(MaxResults=5)["UserPools"]
    clients = cognito.list_user_pool_clients(UserPoolId=pool["Id"])["UserPoolClients"]
    client = next(each["ClientId"] for each in clients if each["ClientName"] == "mobile")
    user: dict[str, Any] = {"UserPoolId": pool["Id"], "Username": "ann@example.com"}
    cognito.admin_create_user(**user, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(**user, Password="Correct-Horse-7-Battery", Permanent=True)
    tokens = cognito.initiate_auth(
        ClientId=client,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "ann@example.com", "PASSWORD": "Correct-Horse-7-Battery"},
    )
    return f"Bearer {tokens['AuthenticationResult']['AccessToken']}"


# --- Names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Notes",
        "no tes",
        "no-tes",
        "1notes",
        "a",
        "n" * 21,
        "class",
        "service",
        "todos",
        "json",
        "django",
        "tests",
        "../x",
        "messages",
        "sessions",
        "posts",
        "counters",
        "lists",
        "ifs",
        "places",
        "records",
        "urls",
        "health",
        "schema",
        "data",
        "budget",
    ],
)
def test_a_bad_name_is_refused_and_changes_nothing(name: str, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "services.py").write_text("before")
    with pytest.raises(BadName, match=r"can't be a service's name|is taken"):
        write(name, tmp_path)
    assert [path.name for path in tmp_path.rglob("*")] == ["config", "services.py"]


def test_what_is_there_is_never_written_over(copy: Copy) -> None:
    before = (copy.folder / "config" / "services.py").read_text()
    with pytest.raises(AssertionError, match="'memos' is taken"):
        copy.run("-m", "infra.new_service", NAME)
    with pytest.raises(AssertionError, match="Name one service"):
        copy.run("-m", "infra.new_service")
    assert (copy.folder / "config" / "services.py").read_text() == before


def test_its_stage_is_in_zappas_settings(copy: Copy) -> None:
    stages = json.loads((copy.folder / "zappa_settings.json").read_text())
    assert stages[STAGE] == {
        "extends": "production", "memory_size": 1024, "timeout_seconds": 30, "lambda_description": "Memos",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("many", "one"), [("notes", "note"), ("stories", "story"), ("glass", "glass"), ("chat", "chat")]
)
def test_one_of_many(many: str, one: str) -> None:
    assert singular(many) == one
    check("unheardof")
