"""Secrets come from Parameter Store, and never stand in the environment or in an error."""

import importlib
import os
import uuid
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import boto3
import pytest

from config import env
from config.parameters import ParametersUnreadable, read

REGION = "us-east-1"


@pytest.fixture
def parameter() -> tuple[str, str]:
    """The name and value of a SecureString nobody else uses."""
    name, value = f"/test/{uuid.uuid4().hex}", uuid.uuid4().hex
    ssm: Any = boto3.client("ssm")
    ssm.put_parameter(Name=name, Value=value, Type="SecureString")
    return name, value


@pytest.fixture
def fresh_env(parameter: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """config.env as a new process reads it, with one variable that names the parameter."""
    monkeypatch.setenv("A_SECRET", f"ssm:{parameter[0]}")
    yield importlib.reload(env)
    monkeypatch.undo()
    importlib.reload(env)


def test_it_reads_several_at_once(parameter: tuple[str, str]) -> None:
    endpoint = os.environ["AWS_ENDPOINT_URL"]
    assert read([parameter[0]], region=REGION, endpoint_url=endpoint) == dict([parameter])


def test_a_missing_one_is_named() -> None:
    with pytest.raises(ParametersUnreadable, match="400 ParameterNotFound when asked for /test/none"):
        read(["/test/none"], region=REGION, endpoint_url=os.environ["AWS_ENDPOINT_URL"])


def test_an_unreachable_store_is_told_without_waiting_long() -> None:
    with pytest.raises(ParametersUnreadable, match="did not answer for /test/none"):
        read(["/test/none"], region=REGION, endpoint_url="http://127.0.0.1:1")


def test_a_variable_has_the_value_of_the_parameter_it_names(fresh_env: ModuleType, parameter: tuple[str, str]) -> None:
    assert fresh_env.text("A_SECRET") == parameter[1]
    assert os.environ["A_SECRET"] == f"ssm:{parameter[0]}"
    assert parameter[1] not in str(fresh_env.snapshot())
