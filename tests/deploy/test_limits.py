"""Limits that have to fit each other, though they stand in different files."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from blog.welcome import LEASE
from config.aws import client
from config.services import SERVED
from infra.deploy.deployment import SERVICES
from infra.lint import SETTINGS, load
from infra.local.emulator import PROJECT_DIR
from infra.settings_lint import merged
from infra.stacks import service_template, template_path
from media.thumbnails import CHILD_CPU_SECONDS, CHILD_WALL_SECONDS
from serverless.events import RESERVE
from serverless.service import Service

STAGES = json.loads(SETTINGS.read_text())
PUTTING_FILES = 10  # seconds, for six files into S3 and the row that says so


def timeouts(service: str) -> list[int]:
    """How long the functions that serve it may run, in seconds: the one that serves all, and its own."""
    return [merged(STAGES, name)["timeout_seconds"] for name in ("production", f"production_{service}")]


def queue_mappings() -> dict[str, tuple[dict[str, Any], int]]:
    """The queue behind each event source that reads one, and the longest its reader may run."""
    found = {}
    for service in SERVED:
        resources = load(template_path(service_template(service)))["Resources"]
        for name, resource in resources.items():
            source = resource.get("Properties", {}).get("EventSourceArn", {}).get("Fn::GetAtt", "")
            if resource["Type"] == "AWS::Lambda::EventSourceMapping" and source:
                queue = resources[source.removesuffix(".Arn")]
                if queue["Type"] == "AWS::SQS::Queue":
                    called = resource["Properties"]["FunctionName"]
                    found[name] = (queue["Properties"], longest(service, called, resources))
    return found


def longest(service: Service, called: dict[str, Any], resources: dict[str, Any]) -> int:
    """How long the function that an event source calls may run: a worker, or one that serves the service."""
    return (
        resources[called["Fn::If"][1]["Ref"]]["Properties"]["Timeout"]
        if "Fn::If" in called
        else max(timeouts(service.name))
    )


def test_every_stage_says_how_long_it_may_run() -> None:
    assert {merged(STAGES, name)["timeout_seconds"] for name in STAGES} == {30, 60}
    assert set(STAGES) >= {"production", *(f"production_{service}" for service in SERVICES)}


@pytest.mark.parametrize("name", ["cognito-idp", "s3", "scheduler", "sesv2", "sns", "sqs", "stepfunctions"])
def test_a_service_of_aws_that_hangs_is_given_up_in_time(name: str) -> None:
    """Before the to-do page says that the site can't be reached, and before Lambda ends who handles a record."""
    config = client(name).meta.config  # type: ignore[call-overload]  # no literal
    tries = config.retries["total_max_attempts"]
    pauses = sum(2**number for number in range(tries - 1))  # at most, by botocore's standard mode
    seconds = tries * (config.connect_timeout + config.read_timeout) + pauses
    page = (PROJECT_DIR / "todos/static/todos/sync/api.js").read_text()
    found = re.search(r"TIMEOUT = ([0-9_]+);", page)
    assert found
    assert seconds * 1000 < min(int(found[1]), RESERVE)


@pytest.mark.parametrize("service", SERVED, ids=lambda service: service.name)
def test_a_stage_is_as_large_as_its_service_says(service: Service) -> None:
    alone, whole = (merged(STAGES, name) for name in (f"production_{service.name}", "production"))
    assert (alone["memory_size"], alone["timeout_seconds"]) == (service.memory_mb, service.timeout_seconds)
    assert whole["memory_size"] >= service.memory_mb
    assert whole["timeout_seconds"] >= service.timeout_seconds


@pytest.mark.parametrize("name", queue_mappings())
def test_a_message_comes_again_only_when_its_function_has_long_ended(name: str) -> None:
    """Six times the function's time-out, as Lambda's documentation of SQS asks, and five tries at least."""
    queue, timeout = queue_mappings()[name]
    assert queue["VisibilityTimeout"] >= 6 * timeout
    assert queue["RedrivePolicy"]["maxReceiveCount"] >= 5


@pytest.mark.parametrize(
    ("service", "name"),
    [("blog", "WelcomeEvents"), ("media", "DeletedUploadsEvents"), ("reminders", "RemindingTodosEvents")],
)
def test_what_a_service_of_aws_keeps_waiting_outlasts_its_outage(service: str, name: str) -> None:
    """Tries come within seconds, so their number says nothing of a time; a stream keeps what is given up."""
    mapping = load(template_path(f"service-{service}"))["Resources"][name]["Properties"]
    assert mapping["MaximumRetryAttempts"] == 10_000
    assert 6 * 3600 <= mapping["MaximumRecordAgeInSeconds"] < 23 * 3600


@pytest.mark.parametrize("name", ["ErasureMachine", "ExportMachine", "ImportMachine"])
def test_what_somebody_asked_for_outlasts_an_outage_of_half_an_hour(name: str) -> None:
    """Then an operator is called, as docs/deploy.md says. Jitter makes a wait half as long as it may be."""
    states = load(template_path("service-mydata"))["Resources"][name]["Properties"]["Definition"]["States"]
    for state in (each for each in states.values() if each["Type"] == "Task"):
        tries = state["Retry"][-1]
        waits = [tries["IntervalSeconds"] * tries["BackoffRate"] ** number for number in range(tries["MaxAttempts"])]
        assert sum(min(wait, tries["MaxDelaySeconds"]) for wait in waits) / 2 >= 1800


def test_the_slowest_picture_is_made_and_put_before_its_function_ends() -> None:
    assert CHILD_CPU_SECONDS < CHILD_WALL_SECONDS
    timeout = load(template_path("service-media"))["Resources"]["Thumbnails"]["Properties"]["Timeout"]
    assert timeout > CHILD_WALL_SECONDS + PUTTING_FILES


def test_a_claim_outlives_the_function_that_holds_it() -> None:
    assert timedelta(seconds=max(timeouts("blog"))) < LEASE
    assert min(timeouts("blog")) * 1000 > RESERVE
