"""manage.py createsuperuser and changepassword, which act on Cognito."""

import io
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import override_settings

from accounts.groups import ADMINS
from accounts.staff.models import StaffUser
from config.aws import client
from dynamo.nosql.base import NoSQLDatabase
from infra.lint import INFRA_DIR, load
from tests.accounts.editor import Editor
from tests.live import LiveServer
from tests.personas import PASSWORD, Persona

Run = Callable[..., str]


@pytest.fixture
def email() -> str:
    return f"new-{uuid.uuid4().hex[:12]}@example.com"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command with these variables, and this on standard input; what it printed."""

    def run(*command: str, stdin: str = "", **variables: str) -> str:
        output = io.StringIO()
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        call_command(*command, stdout=output)
        return output.getvalue()

    return run


def in_cognito(email: str) -> dict[str, Any]:
    cognito, pool = client("cognito-idp"), settings.COGNITO["user_pool_id"]
    found = cognito.admin_get_user(UserPoolId=pool, Username=email)
    groups = cognito.admin_list_groups_for_user(UserPoolId=pool, Username=email)["Groups"]
    return {"status": found["UserStatus"], "groups": [group["GroupName"] for group in groups]}


def test_it_makes_an_administrator(run: Run, email: str, live_server: LiveServer) -> None:
    said = run("createsuperuser", "--noinput", "--email", email, DJANGO_SUPERUSER_PASSWORD=PASSWORD)
    assert said == f"{email} is in admins.\n"
    assert in_cognito(email) == {"status": "CONFIRMED", "groups": ["admins"]}
    assert Editor(live_server.url).sign_in(Persona(email, "", "", "", "")).status_code == 200


def test_it_makes_an_editor(run: Run, email: str) -> None:
    run("createsuperuser", "--noinput", "--email", email, "--group", "editors", DJANGO_SUPERUSER_PASSWORD=PASSWORD)
    assert in_cognito(email)["groups"] == ["editors"]


def test_every_group_that_has_permissions_takes_somebody(run: Run, email: str) -> None:
    pool = settings.COGNITO["user_pool_id"]
    client("cognito-idp").create_group(UserPoolId=pool, GroupName="reviewers")
    try:
        with override_settings(GROUP_PERMISSIONS={**settings.GROUP_PERMISSIONS, "reviewers": set()}):
            run(
                "createsuperuser",
                "--noinput",
                "--email",
                email,
                "--group",
                "reviewers",
                DJANGO_SUPERUSER_PASSWORD=PASSWORD,
            )
    finally:
        client("cognito-idp").delete_group(UserPoolId=pool, GroupName="reviewers")


def test_the_user_pool_has_every_group() -> None:
    resources = load(INFRA_DIR / "data.yaml")["Resources"].values()
    made = {each["Properties"]["GroupName"] for each in resources if each["Type"] == "AWS::Cognito::UserPoolGroup"}
    assert made == {*settings.GROUP_PERMISSIONS, ADMINS}


def test_without_a_password_cognito_mails_one(run: Run, email: str) -> None:
    assert "mails them a password" in run("createsuperuser", "--noinput", DJANGO_SUPERUSER_EMAIL=email)
    assert in_cognito(email)["status"] == "FORCE_CHANGE_PASSWORD"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [((), "Say who"), (("--email", "no address"), "no email address"), (("--email", ""), "Say who")],
)
def test_it_wants_an_address(run: Run, arguments: tuple[str, ...], why: str) -> None:
    with pytest.raises(CommandError, match=why):
        run("createsuperuser", "--noinput", *arguments)


def test_it_makes_nobody_twice(run: Run, alice: Persona) -> None:
    with pytest.raises(CommandError, match="already someone"):
        run("createsuperuser", "--noinput", "--email", alice.email, DJANGO_SUPERUSER_PASSWORD=PASSWORD)


def test_a_password_that_is_refused_makes_nobody(run: Run, email: str) -> None:
    command = ("createsuperuser", "--noinput", "--email", email)
    with pytest.raises(CommandError, match="too weak"):
        run(*command, DJANGO_SUPERUSER_PASSWORD="short")
    run(*command, DJANGO_SUPERUSER_PASSWORD=PASSWORD)
    assert in_cognito(email) == {"status": "CONFIRMED", "groups": ["admins"]}


def test_code_for_djangos_way_works(email: str) -> None:
    made = StaffUser.objects.create_superuser(email, password=PASSWORD)
    assert (made.username, made.is_superuser) == (email, True)
    assert in_cognito(email)["groups"] == ["admins"]
    with pytest.raises(CommandError, match="already someone"):
        StaffUser.objects.create_superuser(email, password=PASSWORD)


def test_it_changes_a_password(run: Run, alice: Persona, live_server: LiveServer) -> None:
    new = "Another-Horse-8-Battery"
    assert "is changed" in run("changepassword", alice.email, stdin=f"{new}\n")
    editor = Editor(live_server.url)
    assert alice.email in editor.sign_in(alice, password=new).text


@pytest.mark.parametrize(("typed", "why"), [("short\n", "too weak"), ("", "Blank")])
def test_it_sets_no_bad_password(run: Run, alice: Persona, typed: str, why: str) -> None:
    with pytest.raises(CommandError, match=why):
        run("changepassword", alice.email, stdin=typed)


def test_it_changes_nobodys_password(run: Run, email: str) -> None:
    with pytest.raises(CommandError, match="nobody"):
        run("changepassword", email, stdin=f"{PASSWORD}\n")


def test_nothing_of_staff_is_stored(email: str) -> None:
    with pytest.raises(TypeError, match="sign-in service"):
        StaffUser.of(sub="x", email=email, groups=[]).save()
    with pytest.raises(NoSQLDatabase):
        list(StaffUser.objects.all())
