"""Two operators at the same time: one is refused, and nothing gets lost."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from tests.updates.publishing import Operator
from updates import bucket
from updates.errors import Refused
from updates.services import Release, publish


def test_what_was_read_before_another_change_replaces_nothing(operator: Operator) -> None:
    first = operator.publish("1.0.0")
    read = bucket.current(operator.channel)
    operator.publish("1.1.0")
    with pytest.raises(Refused, match="meanwhile"):
        bucket.put_manifest(replace(first, version="1.0.1", sequence=2), over=read, before="")
    with pytest.raises(Refused, match="meanwhile"):
        bucket.put_manifest(replace(first, version="1.0.1", sequence=2), over=None, before="")
    assert operator.versions() == ["1.0.0", "1.1.0"]


def test_what_was_deleted_meanwhile_is_not_replaced(operator: Operator) -> None:
    first = operator.publish("1.0.0")
    read = bucket.current(operator.channel)
    operator.delete()
    with pytest.raises(Refused, match="meanwhile"):
        bucket.put_manifest(replace(first, sequence=2), over=read, before="")


def test_a_request_whose_answer_was_lost_is_sent_again_in_peace(operator: Operator) -> None:
    first = operator.publish("1.0.0")
    read = bucket.current(operator.channel)
    for _ in range(2):
        bucket.put_manifest(replace(first, rollout=7, sequence=2), over=read, before="")
    assert operator.versions() == ["1.0.0", "1.0.0"]


def test_of_many_at_once_each_is_published_or_told(operator: Operator) -> None:
    """Whoever is not refused is in the history, once, and each manifest has a number of its own."""
    operator.publish("1.0.0")
    together = Barrier(4)

    def one(number: int) -> str:
        path = operator.file(f"App-{number}.dmg", str(number).encode())
        release = Release(f"2.{number}.0", {"macos": path}, notes="", rollout=100, minimum=None)
        together.wait()
        try:
            manifest, _ = publish(channel=operator.channel, release=release, allow_downgrade=True)
        except Refused:
            return ""
        return manifest.version

    with ThreadPoolExecutor(4) as operators:
        published = [version for version in operators.map(one, range(4)) if version]
    assert published
    assert sorted(operator.versions()[1:]) == sorted(published)
    sequences = [told.sequence for told in bucket.history(operator.channel)]
    assert sequences == list(range(len(published) + 1, 0, -1))
