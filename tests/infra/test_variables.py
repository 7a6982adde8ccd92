"""What the same code is told wherever it runs: the function, the container, SAM's function."""

from collections import defaultdict
from types import SimpleNamespace
from typing import Any

import pytest

from infra.deploy import dax, edge, environment, users
from infra.deploy.deployment import SERVICES, DeployError
from infra.lint import INFRA_DIR, load

# What the container and SAM's function are not told, and why.
LEFT_OUT = {
    "COGNITO_KEYS": "they fetch them",
    "COGNITO_REGION": "they have no second region",
    "SERVICES": "they serve all",
    **dict.fromkeys(("DUE_REMINDERS_ARN", "SCHEDULER_ROLE_ARN"), "functions of their own plan reminders"),
    **dict.fromkeys(("ERASURE_MACHINE", "EXPORT_MACHINE", "IMPORT_MACHINE", "TOKEN_SECONDS"), "and begin machines"),
}


@pytest.fixture
def deployment(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Of a stage that has all there is."""
    secrets = environment.SECRETS | environment.BEFORE
    monkeypatch.setattr(environment, "secret_variables", lambda _: secrets)
    monkeypatch.setattr(environment, "_public_keys", lambda _: "keys")
    monkeypatch.setattr(users, "are_replicated", lambda _: True)
    monkeypatch.setattr(dax, "variables", lambda _: {})
    monkeypatch.setattr(edge, "distribution", lambda _: "E1")
    monkeypatch.setattr(edge, "is_the_door", lambda *_: True)
    return SimpleNamespace(
        options={"domain": "site.example", "accelerate_uploads": True, "staff_mfa": False},
        settings={"project_name": "project"}, session=SimpleNamespace(region_name="eu-west-1"),
        services=SERVICES, stage="production", environment="production", embedded=False, endpoint_url="",
        region="eu-west-1", home_region="eu-central-1", suffix="-euw1",
        api_host=lambda: "api.example", api_url=lambda: "https://api.example",
    )  # fmt: skip


@pytest.fixture
def told(deployment: Any) -> set[str]:
    """All that the function can be told."""
    return set(environment.variables(deployment, defaultdict(lambda: "value")))


def container() -> set[str]:
    [web] = load(INFRA_DIR / "container" / "fargate.yaml")["Resources"]["Task"]["Properties"]["ContainerDefinitions"]
    return {each["Name"] for each in [*web["Environment"], *web["Secrets"]]}


def sam() -> set[str]:
    function = load(INFRA_DIR / "sam.yaml")["Resources"]["Function"]["Properties"]
    return {*function["Environment"]["Variables"], "EDGE_KEY", "EDGE_ONLY"}  # CloudFront is not in front of it


def test_the_container_is_told_what_the_function_is_told(told: set[str]) -> None:
    assert told - container() == LEFT_OUT.keys()


def test_sams_function_is_told_what_the_other_function_is_told(told: set[str]) -> None:
    assert told - sam() == LEFT_OUT.keys()


def test_a_stage_has_variables_of_its_own_and_none_of_the_deployments(deployment: Any) -> None:
    deployment.settings["aws_environment_variables"] = {"CACHE_URL": "https://cache.example", "PRICE": 5}
    found = environment.variables(deployment, defaultdict(lambda: "value"))
    assert (found["CACHE_URL"], found["PRICE"]) == ("https://cache.example", "5")
    deployment.settings["aws_environment_variables"] = {"STAGE": "other"}
    with pytest.raises(DeployError, match=r"production\.aws_environment_variables: .* STAGE"):
        environment.variables(deployment, defaultdict(lambda: "value"))
