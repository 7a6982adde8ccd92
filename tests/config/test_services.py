"""The list of services and their declarations, and what has to be entered elsewhere for each."""

import itertools
from importlib.util import find_spec
from pathlib import Path

import boto3
import pytest
from django.conf import settings
from django.urls import resolve
from django.utils.module_loading import import_string

from config import services
from serverless.service import Service

ROOT = Path(__file__).resolve().parents[2]
each = pytest.mark.parametrize("service", services.SERVICES, ids=lambda service: service.name)


@each
def test_a_service_is_a_folder_of_its_name(service: Service) -> None:
    assert (ROOT / service.name / "service.py").is_file()
    assert service.name == service.name.lower() != "service"
    assert service.name not in services.SHARED


@each
def test_what_it_names_is_there(service: Service) -> None:
    for source in service.sources:
        assert callable(import_string(source.handler))
        assert source.handler.startswith(f"{service.name}.")
    for path in service.hooks.values():
        assert callable(import_string(path))
    for module in filter(None, (service.urls, service.error_pages)):
        assert find_spec(module)
    for path in service.api_index.values():
        assert resolve(path).func.__module__.startswith(f"{service.name}.")
    assert service.name not in service.calls


@each
def test_its_permissions_are_its_own(service: Service) -> None:
    assert set(service.permissions) <= set(services.GROUPS)
    for permission in frozenset().union(*service.permissions.values()):
        assert permission.startswith(f"{service.name}.")


def test_no_two_services_claim_the_same() -> None:
    for names in (
        [source.name for service in services.SERVICES for source in service.sources],
        [table for service in services.SERVICES for table in service.tables],
        [scope for service in services.SERVICES for scope in service.throttles],
        [name for service in services.SERVICES for name in (*service.api_index, *service.hooks)],
    ):
        assert len(names) == len(set(names))
    assert sum(service.is_default for service in services.SERVICES) <= 1
    assert sum(service.has_admin for service in services.SERVICES) <= 1


def test_an_unknown_service_is_said() -> None:
    with pytest.raises(services.UnknownService, match=r"no service 'nonsense'; there are todos, "):
        services.named(["todos", "nonsense"])


def test_each_group_may_do_what_those_before_it_may() -> None:
    allowed = list(services.group_permissions().values())
    assert allowed == sorted(allowed, key=len)
    assert all(less < more for less, more in itertools.pairwise(allowed))


def test_a_group_may_do_what_any_service_says() -> None:
    notes = Service(name="notes", title="Notes", permissions={"editors": frozenset({"notes.add_note"})})
    found = services.group_permissions([notes])
    assert found == {"viewers": set(), "editors": {"notes.add_note"}, "publishers": {"notes.add_note"}}


def test_every_table_a_service_names_is_made(settings_tables: set[str]) -> None:
    assert {table for service in services.SERVICES for table in service.tables} <= settings_tables


@pytest.fixture
def settings_tables() -> set[str]:
    prefix = settings.DYNAMO["TABLE_PREFIX"]
    return {name.removeprefix(prefix) for name in boto3.client("dynamodb").list_tables()["TableNames"]}
