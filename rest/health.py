"""Whether this process answers, and whether it can read and write DynamoDB."""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.cache import cache
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dynamo.counters import Counter
from dynamo.errors import DoesNotExist, DynamoError
from rest.lazy_schema import extend_schema
from rest.problems import ServiceUnavailable
from rest.views import READING, PublicView

# A load balancer that asks every second must not cost a read and a write each time.
CACHED_FOR = 5.0
# One failure must not be told twice to who counts them every five seconds, as the watch of a second region does.
FAILURE_CACHED_FOR = 1.0
# A health check that hangs is a failed one; 1 s is what monitors allow, so answer a little sooner.
DEADLINE = 0.9

_executor = ThreadPoolExecutor(max_workers=2, thread_name_prefix="health")
_lock = threading.Lock()
_KEY = "health"


class HealthSerializer(serializers.Serializer[Any]):
    """The answer of both checks."""

    status = serializers.CharField(help_text="Always ok: a failure answers 503.")


class Health(PublicView):
    """Shallow: the process answers."""

    cache_control = "no-store"
    query_methods = READING  # monitors add to the address, so that nothing on their way keeps the answer

    @extend_schema(operation_id="health", responses=HealthSerializer, summary="Does this process answer?")
    def get(self, request: Request) -> Response:
        return Response({"status": "ok"})


class DeepHealth(Health):
    """Deep: one read and one conditional write in DynamoDB, at most every five seconds, every second while they fail;
    answers within one second.
    """

    @extend_schema(operation_id="health_deep", responses=HealthSerializer, summary="Can it read and write DynamoDB?")
    def get(self, request: Request) -> Response:
        if failure := check():
            raise ServiceUnavailable(failure, retry_after=int(CACHED_FOR))
        return Response({"status": "ok"})


def check() -> str:
    """What is wrong with DynamoDB, remembered for FAILURE_CACHED_FOR seconds, or an empty string, for CACHED_FOR."""
    with _lock:
        failure: str | None = cache.get(_KEY)
        if failure is None:
            failure = _check_within_deadline()
            cache.set(_KEY, failure, FAILURE_CACHED_FOR if failure else CACHED_FOR)
        return failure


def forget() -> None:
    """Forget the last answer, for tests."""
    cache.delete(_KEY)


def _check_within_deadline() -> str:
    try:
        _executor.submit(_read_and_write).result(timeout=DEADLINE)
    except TimeoutError:
        return "DynamoDB does not answer in time."
    except DynamoError:
        return "DynamoDB is not available."
    return ""


def _read_and_write() -> None:
    key = ("health",)
    with contextlib.suppress(DoesNotExist):
        Counter.fetch(key)
    expires = datetime.now(UTC) + timedelta(hours=1)
    condition = Counter.events.does_not_exist() | (Counter.events >= 0)
    Counter.write("UpdateItem", key, actions=[Counter.events.add(1), Counter.expires.set(expires)], condition=condition)
