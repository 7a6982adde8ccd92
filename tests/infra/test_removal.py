"""The end of an environment: what is refused, and what a removal that broke off leaves to the next one."""

from secrets import token_hex
from typing import Any

import boto3
import pytest

from infra.deploy import release, removal
from infra.deploy.__main__ import main
from infra.deploy.deployment import DeployError, Deployment
from infra.stacks import PROJECT


def deployment(stage: str) -> Deployment:
    settings: dict[str, Any] = {"project_name": PROJECT, "deploy": {"protected": False}}
    return Deployment(stage, settings, boto3.Session(region_name="us-east-1"))


def test_data_stays_while_another_function_of_the_environment_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also for who names the stage of one service while one function serves them all."""
    environment = f"e{token_hex(4)}"
    monkeypatch.setattr(release, "exists", lambda each: each.stage == environment)
    with pytest.raises(DeployError, match=f"Undeploy {environment} first"):
        removal.delete_everything(deployment(f"{environment}_todos"))


def test_who_names_a_stage_of_one_service_is_told_whose_data_go(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["delete-data", "production_todos", "--yes-delete", "production_todos"]) == 1
    assert "all data of production for ever: repeat with --yes-delete production." in capsys.readouterr().err
