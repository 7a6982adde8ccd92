"""Log lines: JSON in AWS, one object a line with the request's id; plain text in a developer's terminal."""

import logging
import re
from datetime import UTC, datetime

import orjson

from config import env
from rest.middleware import request_id

# Of the Lambda function: what a canary's errors are counted by.
VERSION = env.text("AWS_LAMBDA_FUNCTION_VERSION", "")


# Such an address is all that one needs to open a draft, and more people read logs than may open drafts.
_SECRET_LINK = re.compile(r"(/(?:confirm|drafts|unsubscribe)/)[^/\s]+")


class JsonFormatter(logging.Formatter):
    """One JSON object: time, level, logger, message, request_id, and `error` with a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            # What is wrong with a request, such as its host, is an error to Django; here errors are ours, and counted.
            "level": "WARNING" if record.name.startswith("django.security.") else record.levelname,
            "logger": record.name,
            "message": _SECRET_LINK.sub(r"\1...", record.getMessage()),
            "request_id": request_id.get(),
        }
        if VERSION:
            line["version"] = VERSION
        line.update(getattr(record, "fields", {}))
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


class PlainFormatter(logging.Formatter):
    """`12:00:00 INFO todos: message`."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name}: {message}", "%H:%M:%S", "{")
