"""Recorded events, made to speak of a test's own user, and handed to the Lambda entry as Lambda does."""

import json
import time
from pathlib import Path
from typing import Any

from django.conf import settings

from config.aws import client
from config.lambda_handler import handler
from infra.local.events import LambdaContext
from media.models import Upload
from tests.media.uploading import jpeg, new_sub

EVENTS = Path(__file__).parent / "events"
RECORDED_SUB = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
RECORDED_BUCKET = "serverless-django-local-uploads-000000000000"
RECORDED_ID = "019a9d0e-3c1b-7d42-9f55-6a7b8c9d0e1f"

Event = dict[str, Any]


class Owner:
    """A user whose files come and go by hand-fed events."""

    def __init__(self) -> None:
        self.sub = new_sub()

    def event(self, name: str, **versions: str) -> Event:
        """The recorded event of that name, about this user's files."""
        text = (EVENTS / f"{name}.json").read_text()
        found: Event = json.loads(
            text.replace(RECORDED_SUB, self.sub).replace(RECORDED_BUCKET, settings.UPLOADS_BUCKET)
        )
        return found

    def put(self, key: str, data: bytes | None = None, content_type: str = "image/jpeg") -> str:
        """Put an object under the user's folder, or `blog/`; its version."""
        key = key if key.startswith("blog/") else f"users/{self.sub}/{key}"
        put = client("s3").put_object(
            Bucket=settings.UPLOADS_BUCKET, Key=key, Body=jpeg() if data is None else data, ContentType=content_type
        )
        return put["VersionId"]

    def created(self, path: str, sequencer: str, version: str | None = None) -> Event:
        """That an object was created, as S3 tells it."""
        return self._told("put", path, sequencer, version)

    def removed(self, path: str, sequencer: str) -> Event:
        """That an object was deleted, as S3 tells it."""
        return self._told("removed", path, sequencer, None)

    def _told(self, name: str, path: str, sequencer: str, version: str | None) -> Event:
        event = self.event(name)
        body = json.loads(event["Records"][0]["body"])
        thing = body["Records"][0]["s3"]["object"]
        thing.update(key=f"users/{self.sub}/{path}", sequencer=sequencer)
        if version is None:
            del thing["versionId"]
        else:
            thing["versionId"] = version
        event["Records"][0]["body"] = json.dumps(body)
        return event

    def uploads(self) -> list[Upload]:
        """All there is in the table, newest first."""
        return list(Upload.for_owner(self.sub).all())

    @property
    def upload(self) -> Upload:
        """The only one there is."""
        (found,) = self.uploads()
        return found

    def renditions(self) -> list[str]:
        """All renditions of private pictures there are, in any version."""
        found = client("s3").list_object_versions(Bucket=settings.THUMBNAILS_BUCKET, Prefix=f"users/{self.sub}/")
        return sorted({one["Key"] for one in found.get("Versions", [])})


def without_versions(event: Event) -> Event:
    """The event as a bucket sends it that keeps no versions."""
    for record in event["Records"]:
        body = json.loads(record["body"])
        for one in body["Records"]:
            one["s3"]["object"].pop("versionId", None)
        record["body"] = json.dumps(body)
    return event


def batch(*events: Event) -> Event:
    """Several events in one invocation, each message under an id of its own."""
    records = [dict(record) for event in events for record in event["Records"]]
    for number, record in enumerate(records):
        record["messageId"] = f"message-{number}"
    return {"Records": records}


def deliver(event: Event, seconds: float = 60) -> list[str]:
    """Hand an event to the Lambda entry with so much time left; the ids of what failed."""
    result = handler(event, LambdaContext("request", "function", deadline=time.time() + seconds))
    return [failure["itemIdentifier"] for failure in result["batchItemFailures"]]
