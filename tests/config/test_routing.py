"""Events are routed by the name of their source, or refused aloud."""

from typing import Any

import pytest
from django.conf import settings

from config import lambda_handler
from config.lambda_handler import ROUTES, UnroutedEvent, handler

PREFIX = settings.DYNAMO["TABLE_PREFIX"]
QUEUE = f"arn:aws:sqs:eu-west-1:123456789012:{PREFIX}"
STREAM = f"arn:aws:dynamodb:eu-west-1:123456789012:table/{PREFIX}"


def records(*arns: str) -> dict[str, Any]:
    """A batch from these sources."""
    return {"Records": [{"eventSourceARN": arn} for arn in arns]}


@pytest.mark.parametrize(
    ("arn", "target"),
    [
        (f"{QUEUE}thumbnails", "media.events.create_thumbnails"),
        (f"{QUEUE}todos-media", "todos.events.record_uploads"),
        (f"{QUEUE}blog-media", "blog.events.record_uploads"),
        (f"{STREAM}subscribers/stream/2026-01-01T00:00:00.000", "blog.events.send_welcome_emails"),
    ],
)
def test_each_source_has_its_handler(arn: str, target: str) -> None:
    found = lambda_handler._route(records(arn, arn)["Records"])
    assert f"{found.__module__}.{found.__name__}" == target


def test_every_route_leads_somewhere() -> None:
    for name in ROUTES:
        assert callable(lambda_handler._route(records(f"{QUEUE}{name}")["Records"]))


@pytest.mark.parametrize(
    "event",
    [
        records(f"{QUEUE}unknown"),
        records("arn:aws:sqs:eu-west-1:123456789012:another-project-thumbnails"),
        records(f"{QUEUE}thumbnails", f"{QUEUE}todos-media"),
        records(""),
        {"Records": [{"Sns": {"Message": '{"command": "os.system"}'}}]},
        {"Records": []},
        {"command": "config.settings.SECRET_KEY"},
        {"raw_command": "print(1)"},
        {"detail-type": "Scheduled Event"},
        {},
    ],
)
def test_it_raises_on_what_it_cannot_route(event: dict[str, Any]) -> None:
    with pytest.raises(UnroutedEvent):
        handler(event, None)


def test_a_service_that_is_not_served_here_gets_no_events(settings_services: None) -> None:
    with pytest.raises(UnroutedEvent):
        handler(records(f"{QUEUE}thumbnails"), None)


@pytest.fixture
def settings_services(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SERVICES", ["todos"])


def test_it_runs_management_commands() -> None:
    assert "no issues" in handler({"manage": "check"}, None)
