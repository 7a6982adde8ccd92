"""What a DAX cluster answers is passed on, unless only DynamoDB can tell whether it still counts."""

import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from django.conf import settings

from dynamo import dax
from dynamo.errors import DoesNotExist
from dynamo.sessions import Session
from dynamo.testing import recorded_requests

Raw = dict[str, Any]


class Client:
    """Stands for Amazon's client: no emulator has a cluster."""

    def __init__(self, answer: Callable[[], Raw]) -> None:
        self.answer = answer

    def get_item(self, **_: Any) -> Raw:
        """What the cluster says."""
        return self.answer()


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Callable[[], Raw]], None]]:
    """Has the cluster answer what is given."""
    monkeypatch.setitem(settings.DYNAMO, "DAX", "dax://cluster.example")
    dax.cluster.cache_clear()
    yield lambda answer: monkeypatch.setattr(dax, "connect", lambda _: Client(answer))
    dax.cluster.cache_clear()


def row(**values: Raw) -> Raw:
    """A raw session."""
    return {"key": {"S": uuid.uuid4().hex}, **values}


def test_an_item_of_the_cluster_is_passed_on(cluster: Any) -> None:
    cluster(lambda: {"Item": row(colour={"S": "red"})})
    with recorded_requests() as sent:
        assert dax.fetch_raw(Session, ("1",))["colour"] == {"S": "red"}
    assert sent == []


@pytest.mark.parametrize("seconds", [-10, 10])
def test_dynamodb_is_asked_for_an_item_that_expires(cluster: Any, seconds: int) -> None:
    cluster(lambda: {"Item": row(expires={"N": str(int(time.time()) + seconds)})})
    with recorded_requests() as sent, pytest.raises(DoesNotExist):
        dax.fetch_raw(Session, (uuid.uuid4().hex,))
    assert sent == ["GetItem"]


def test_a_failed_cluster_is_left_alone_and_asked_again_later(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[None] = []

    def fail() -> Raw:
        asked.append(None)
        raise EndpointConnectionError(endpoint_url="dax://cluster.example")

    cluster(fail)
    for _ in range(2):
        with pytest.raises(DoesNotExist):
            dax.fetch_raw(Session, (uuid.uuid4().hex,))
    assert len(asked) == 1
    later = time.monotonic() + dax.DIRECT_SECONDS + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    with pytest.raises(DoesNotExist):
        dax.fetch_raw(Session, (uuid.uuid4().hex,))
    assert len(asked) == 2
