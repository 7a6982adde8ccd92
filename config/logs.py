"""Log lines: JSON in AWS, one object a line with the request's id; plain text in a developer's terminal."""

import logging
import re
from datetime import UTC, datetime
from functools import lru_cache

import orjson

from config import env
from rest.problems import request_id

log = logging.getLogger(__name__)
# Of the Lambda function: what a canary's errors are counted by.
VERSION = env.text("AWS_LAMBDA_FUNCTION_VERSION", "")


# Such an address is all that one needs to open a draft, and more people read logs than may open drafts.
_SECRET_LINK = re.compile(r"(/(?:confirm|drafts|unsubscribe)/)[^/\s]+")


# Not DEBUG: libraries would log what users sent.
LEVELS = ("INFO", "WARNING", "ERROR", "CRITICAL")


@lru_cache(maxsize=1)  # a process has one level, which is set when another is asked for
def follow_level(wanted: str | None) -> None:
    """Log from the level on that API Gateway's stage variable `log_level` names, which needs no deployment to change.

    Without the variable, or with another value than LEVELS, LOG_LEVEL holds.
    """
    level = wanted if wanted in LEVELS else env.text("LOG_LEVEL", "INFO").upper()
    logging.getLogger().setLevel(level)
    if wanted is not None and level != wanted:
        log.warning("The stage variable log_level is %r, not one of %s: LOG_LEVEL holds.", wanted, ", ".join(LEVELS))


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
