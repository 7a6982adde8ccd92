"""Two operators at the same time: one is refused, and nothing gets lost."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from django.conf import settings
from django.core.management import CommandError

from config.aws import client
from tests.updates.publishing import Operator, run
from updates import bucket, repository
from updates.bucket import Refused
from updates.services import Release, publish


def test_what_was_read_before_another_change_replaces_nothing(operator: Operator) -> None:
    operator.publish("1.0.0")
    read = repository.read(operator.product)
    operator.publish("1.1.0")
    with pytest.raises(Refused, match="meanwhile"):
        repository.commit(read, read.targets.targets)
    assert operator.versions() == ["1.0.0", "1.1.0"]


def test_a_renewed_timestamp_is_no_conflict(operator: Operator) -> None:
    operator.publish("1.0.0")
    read = repository.read(operator.product)
    repository.renew(operator.product)
    repository.commit(read, read.targets.targets)
    assert operator.version_of("timestamp") > read.timestamp.version + 1
    assert operator.told().custom["version"] == "1.0.0"


def test_a_request_whose_answer_was_lost_is_sent_again_in_peace(operator: Operator) -> None:
    key = repository.key(operator.product, "timestamp")
    found = bucket.read(key)
    for _ in range(2):
        assert bucket.put(key, b"the next", over=found[1])
        assert bucket.put(f"{key}.new", b"a new one")
    assert not bucket.put(key, b"another", over=found[1])
    assert not bucket.put(f"{key}.new", b"another")


def test_a_product_is_made_once(operator: Operator) -> None:
    with pytest.raises(CommandError, match="is here already"):
        operator.create()


def test_a_creation_that_broke_off_is_repeated_with_the_same_keys_alone(tmp_path: Path) -> None:
    operator, other = Operator(tmp_path), str(tmp_path / "other.pem")
    operator.create()
    client("s3").delete_object(Bucket=settings.UPDATES_BUCKET, Key=repository.key(operator.product, "timestamp"))
    with pytest.raises(CommandError, match="with other keys"):
        operator.create("--root-key", other)
    operator.create()
    assert operator.publish("1.0.0").custom["version"] == "1.0.0"


def test_of_many_at_once_each_is_published_or_told(operator: Operator) -> None:
    """Whoever is not refused is in the history, once."""
    operator.publish("1.0.0")
    together = Barrier(4)

    def one(number: int) -> str:
        path = operator.file(f"App-{number}.dmg", str(number).encode())
        release = Release(version=f"2.{number}.0", notes="", rollout=100, minimum=None)
        together.wait()
        try:
            offer = publish(channel=operator.channel, release=release, files={"macos": path}, allow_downgrade=True)
        except Refused:
            return ""
        return str(offer.custom["version"])

    with ThreadPoolExecutor(4) as operators:
        published = [version for version in operators.map(one, range(4)) if version]
    assert published
    assert sorted(operator.versions()[1:]) == sorted(published)


def test_a_change_of_root_that_broke_off_is_repeated_with_its_draft(operator: Operator) -> None:
    """The root is there then, and the other metadata is not signed anew yet."""
    root, new, draft = (str(operator.folder / name) for name in ("root.pem", "new.pem", "draft.json"))
    where = ["--product", operator.product, "--draft", draft]
    run("rotate", *where, "--root-key", root, "--add", new, "--threshold", "2")
    run("rotate", *where, "--root-key", root)
    before = repository.read(operator.product).targets.version
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(repository, "commit", fail)
        with pytest.raises(CommandError):
            run("rotate", *where, "--root-key", new)
    assert operator.version_of("3.root") == 3
    assert "Root 3" in run("rotate", *where, "--root-key", new)
    assert repository.read(operator.product).targets.version > before
    assert not Path(draft).exists()


def fail(*_: object) -> None:
    raise ConnectionError
