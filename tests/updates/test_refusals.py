"""What is wrong is said, and nothing in the bucket changes."""

import os
from itertools import pairwise
from pathlib import Path

import pytest
from django.core.management import CommandError

from tests.updates.publishing import Operator, listing, run
from updates.bucket import Refused
from updates.local_files import MAX_FILE_BYTES
from updates.services import MAX_NOTES, _version

# arguments that are changed: what the answer says
BAD: list[tuple[dict[str, str], str]] = [
    ({"--version": "1.4"}, "no version"),
    ({"--version": "v1.4.0"}, "no version"),
    ({"--version": "01.4.0"}, "no version"),
    ({"--version": "1.4.0+build7"}, "no version"),
    ({"--version": "1.4.0/../2.0.0"}, "no version"),
    ({"--version": "1.4.0\n"}, "no version"),
    ({"--version": "1.4.0-" + "a" * 64}, "no version"),
    ({"--version": "0.9.0"}, "newer"),
    ({"--version": "1.0.0-rc.1"}, "newer"),
    ({"--version": "1.0.0"}, "take a new number"),
    ({"--product": "../app"}, "address"),
    ({"--product": "App"}, "address"),
    ({"--product": ""}, "address"),
    ({"--product": "a" * 41}, "address"),
    ({"--channel": "stable/beta"}, "address"),
    ({"--channel": ".."}, "address"),
    ({"--platform": "mac/os={folder}/App.dmg"}, "address"),
    ({"--platform": "macos={folder}/none.dmg"}, "No such file"),
    ({"--platform": "macos={folder}"}, "Is a directory"),
    ({"--platform": "macos={folder}/empty.dmg"}, "0 bytes"),
    ({"--platform": "macos={folder}/huge.dmg"}, "bytes"),
    ({"--platform": "macos={folder}/My App.dmg"}, "address"),
    ({"--platform": "macos={folder}/App..dmg"}, "address"),
    ({"--platform": "macos={folder}/-App.dmg"}, "address"),
    ({"--platform": "{folder}/App.dmg"}, "is not like"),
    ({"--platform": "macos="}, "is not like"),
    ({"--rollout": "101"}, "percentage"),
    ({"--rollout": "-1"}, "percentage"),
    ({"--rollout": "half"}, "invalid int"),
    ({"--minimum": "1"}, "no version"),
    ({"--minimum": "1.4.1"}, "newer"),
    ({"--notes-file": "{folder}/none.txt"}, "none.txt"),
    ({"--notes-file": "{folder}/latin1.txt"}, "UTF-8"),
    ({"--notes-file": "{folder}/long.txt"}, "characters"),
]


@pytest.fixture
def published(operator: Operator) -> Operator:
    """Has 1.0.0 out, and files to publish."""
    operator.publish("1.0.0", content=b"first")
    for name in ("App.dmg", "My App.dmg", "App..dmg", "-App.dmg"):
        operator.file(name)
    operator.file("empty.dmg", b"")
    with operator.file("huge.dmg").open("r+b") as huge:
        os.truncate(huge.fileno(), MAX_FILE_BYTES + 1)  # sparse: it takes no room
    operator.file("latin1.txt", "schöner".encode("latin-1"))
    operator.file("long.txt", b"a" * (MAX_NOTES + 1))
    return operator


def publish(operator: Operator, **changed: str) -> None:
    """What would be right, but for what is changed."""
    right = {
        "--product": operator.channel.product,
        "--channel": operator.channel.channel,
        "--version": "1.4.0",
        "--platform": "macos={folder}/App.dmg",
    }
    arguments = [f"{name}={value}".format(folder=operator.folder) for name, value in {**right, **changed}.items()]
    run("publish", *arguments)


def test_what_is_right_is_published(published: Operator) -> None:
    publish(published)
    assert published.versions() == ["1.0.0", "1.4.0"]


@pytest.mark.parametrize(("changed", "says"), BAD, ids=[" ".join(map("=".join, bad.items())) for bad, _ in BAD])
def test_it_refuses_to_publish(published: Operator, changed: dict[str, str], says: str) -> None:
    before = listing()
    with pytest.raises(CommandError, match=says):
        publish(published, **changed)
    assert listing() == before


def test_a_platform_is_named_once(published: Operator) -> None:
    before = listing()
    platform = f"macos={published.folder}/App.dmg"
    with pytest.raises(CommandError, match="twice"):
        published.run("publish", "--version", "1.4.0", "--platform", platform, "--platform", platform)
    assert listing() == before


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        (["--rollout", "50"], "updates rollout"),
        (["--minimum", "0.9.0"], "updates rollout"),
        (["--platform", "windows={folder}/App.dmg"], "take a new number"),
    ],
)
def test_a_version_stays_what_it_was(published: Operator, changed: list[str], says: str) -> None:
    published.file(content=b"first")
    before = listing()
    with pytest.raises(CommandError, match=says):
        published.run(
            "publish",
            "--version",
            "1.0.0",
            "--platform",
            f"macos={published.folder}/App.dmg",
            *[each.format(folder=published.folder) for each in changed],
        )
    assert listing() == before


@pytest.mark.parametrize(
    ("command", "arguments", "says"),
    [
        ("rollout", ["--version", "1.0.0", "--percent", "101"], "percentage"),
        ("rollout", ["--version", "1.1.0", "--percent", "10"], "is at 1.0.0"),
        ("withdraw", ["--version", "1.1.0"], "is at 1.0.0"),
        ("withdraw", ["--version", "1.0.0"], "nothing before 1.0.0"),
        ("rollout", ["--version", "1.0.0", "--percent", "10", "--channel", "beta"], "Nothing is published"),
        ("withdraw", ["--version", "1.0.0", "--channel", "../stable"], "address"),
    ],
)
def test_it_refuses_to_change(published: Operator, command: str, arguments: list[str], says: str) -> None:
    before = listing()
    with pytest.raises(CommandError, match=says):
        published.run(command, *arguments)
    assert listing() == before


def test_without_a_key_nothing_is_published(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    before = listing()
    monkeypatch.setenv("UPDATES_TARGETS_KEYS", "")
    with pytest.raises(CommandError, match="no key to sign"):
        operator.publish("1.0.0")
    assert listing() == before


def test_a_bucket_that_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPDATES_BUCKET", "there-is-no-such-bucket-000000000000")
    with pytest.raises(CommandError, match="NoSuchBucket"):
        Operator(tmp_path).publish("1.0.0")


def test_a_product_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="updates create"):
        Operator(tmp_path).publish("1.0.0")


ORDER = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11",
         "1.0.0-rc.1", "1.0.0", "1.0.1", "1.9.0", "1.10.0", "2.0.0-0", "2.0.0"]  # fmt: skip


def test_versions_are_in_the_order_of_semver() -> None:
    assert all(_version(before) < _version(after) for before, after in pairwise(ORDER))


@pytest.mark.parametrize("text", ["1.4.٣", "1.4.0\n", " 1.4.0", "1.4.0 "])
def test_what_only_looks_like_a_version_is_none(text: str) -> None:
    with pytest.raises(Refused):
        _version(text)
