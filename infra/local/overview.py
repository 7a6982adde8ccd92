"""What `/_local/` shows: what runs where, the queues, and the events that failed."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import urllib3
from django.conf import settings

from config import env


class TryAgainError(Exception):
    """An event could not be sent again. The message is a sentence for the page."""


@dataclass(frozen=True)
class Message:
    """A message in a queue, read without taking it."""

    id: str
    body: str
    sent_at: datetime
    attempts: int
    waiting: bool


@dataclass(frozen=True)
class Queue:
    """A queue and all its messages."""

    name: str
    messages: list[Message]

    @property
    def is_failures(self) -> bool:
        """Whether it holds what no retry could handle."""
        return self.name.removeprefix(settings.DYNAMO["TABLE_PREFIX"]) in settings.FAILURE_QUEUES

    @property
    def waiting(self) -> int:
        """Messages ready to be delivered."""
        return sum(message.waiting for message in self.messages)

    @property
    def in_work(self) -> int:
        """Messages delivered, or waiting for their next try."""
        return len(self.messages) - self.waiting


def services() -> list[tuple[str, str, str]]:
    """What the embedded AWS holds for this project: a part of AWS, where it answers, and what it holds."""
    endpoint = env.text("AWS_ENDPOINT_URL", "not running")
    buckets = (settings.UPLOADS_BUCKET, settings.THUMBNAILS_BUCKET, settings.STATIC_BUCKET)
    cognito: dict[str, Any] = settings.COGNITO
    return [
        ("DynamoDB", endpoint, f"tables {settings.DYNAMO['TABLE_PREFIX']}…"),
        ("S3", endpoint, ", ".join(buckets)),
        ("Cognito", cognito["domain_url"], f"pool {cognito['user_pool_id']}, issuer {cognito['issuer']}"),
        ("Cognito sign-in page", f"{cognito['domain_url']}/oauth2/authorize", ", ".join(cognito["client_ids"])),
        ("SNS", endpoint, settings.MEDIA_TOPIC_ARN),
        ("SES", endpoint, f"sends as {settings.MAIL_FROM}"),
        ("Lambda", endpoint, "one function, forwarding every event to this server"),
    ]


def queues() -> list[Queue]:
    """All queues of this project, by name."""
    url = f"{env.text('AWS_ENDPOINT_URL')}/_ministack/sqs/messages"
    accounts = urllib3.request("GET", url, timeout=5).json()["messages"]
    found = [
        Queue(queue.rsplit("/", 1)[1], [_message(message) for message in messages])
        for regions in accounts.values()
        for held in regions.values()
        for queue, messages in held.items()
    ]
    return sorted(found, key=lambda queue: queue.name)


def try_again(queue: str, message_id: str) -> None:
    """Send a failed event on its way once more, and take it out of its failure queue. Raises TryAgainError."""
    from accounts.staff import failures  # the admin's; other requests load nothing of it

    name = queue.removeprefix(settings.DYNAMO["TABLE_PREFIX"])
    if name not in settings.FAILURE_QUEUES:
        raise TryAgainError(f"{queue} is no failure queue.")
    done, problems = failures.send_on(name, message_id)
    if not done:
        raise TryAgainError(problems[0] if problems else "That message is not in the queue any more.")


def _message(held: dict[str, Any]) -> Message:
    return Message(
        id=held["MessageId"],
        body=_pretty(held["Body"]),
        sent_at=datetime.fromtimestamp(held["SentTimestamp"], UTC),
        attempts=held["ReceiveCount"],
        waiting=held["IsVisible"],
    )


def _pretty(body: str) -> str:
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body
