"""Events in: what media says of uploads."""

from dataclasses import dataclass

from dynamo.errors import DynamoError
from serverless.events import Batch, BatchResponse, Context, Event, Poison, Record, need, read_notification, want
from todos.attachments import Attachment
from todos.services import read_attachment, record_news

# What a message may say -> the attachment's status.
_STATUSES = {"upload.ready": "ready", "upload.failed": "failed", "upload.deleted": "deleted"}


@dataclass(frozen=True, kw_only=True)
class UploadNews:
    """What became of an upload of one owner. Of two the one with the greater `sequencer` is about newer content."""

    owner: str
    upload: Attachment
    sequencer: str


def record_uploads(event: Event, context: Context | None) -> BatchResponse:
    """Messages of the queue `todos-media`: every to-do that shows one of these uploads is brought up to date."""
    return Batch(event, context, _read_news, passing=(DynamoError,)).each(_record_news).response()


def _read_news(record: Record) -> UploadNews:
    message = read_notification(record)
    status = _STATUSES.get(need(message, "type", str))
    if status is None:
        raise Poison(f"{message['type']!r} is no news of an upload")
    upload = read_attachment(message, status=status, as_of=want(message, "at", str))
    return UploadNews(owner=need(message, "owner", str), upload=upload, sequencer=need(message, "sequencer", str))


def _record_news(news: UploadNews) -> None:
    record_news(owner=news.owner, upload=news.upload, sequencer=news.sequencer, deleted=news.upload.status == "deleted")
