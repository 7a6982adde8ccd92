"""From a file on an operator's machine to an app that has it, and back."""

import hashlib
import io
import json
import os
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from config.aws import client
from config.env import BASE_DIR
from tests.handbook import follow
from tests.live import LiveServer
from tests.updates.publishing import PAGE, Operator, client_of_the_page, listing, run
from updates import bucket, local_files, repository
from updates.bucket import Refused
from updates.local_files import PART_BYTES

APP = client_of_the_page()


def test_it_goes_the_whole_way(operator: Operator, live_server: LiveServer, tmp_path: Path) -> None:
    content = os.urandom(PART_BYTES + 4321)
    notes = operator.file("notes.txt", "Faster. Schöner.\n".encode())
    operator.publish("1.3.0", content=b"before")
    operator.publish("1.4.0", "--notes-file", str(notes), "--rollout", "10", "--minimum", "1.2.0", content=content)
    app = tmp_path / "app"
    app.mkdir()
    where = live_server.url, operator.product, "stable", "macos", app, operator.root()

    updater, file = APP.newest(*where)
    custom = file.custom
    assert (custom["version"], custom["minimum"], custom["rollout"]) == ("1.4.0", "1.2.0", 10)
    assert (custom["notes"], custom["name"]) == ("Faster. Schöner.", "App.dmg")
    assert Path(updater.download_target(file)).read_bytes() == content

    assert "100 %" in operator.run("rollout", "--version", "1.4.0", "--percent", "100")
    assert APP.newest(*where)[1].custom["rollout"] == 100
    assert "1.3.0" in operator.run("withdraw", "--version", "1.4.0")
    updater, file = APP.newest(*where)
    assert file.custom["version"] == "1.3.0"
    assert Path(updater.download_target(file)).read_bytes() == b"before"
    assert APP.newest(*where[:2], "none", "macos", app, operator.root())[1] is None


def test_the_page_can_be_followed(live_server: LiveServer, tmp_path: Path) -> None:
    (tmp_path / "App.dmg").write_bytes(b"0123456789abcdef")
    said = follow(
        PAGE,
        tmp_path,
        **os.environ,
        SITE=live_server.url,
        MANAGE=f"{sys.executable} {BASE_DIR}/manage.py",
        FIRST=str(tmp_path / "first"),
    )
    assert (tmp_path / "first").read_bytes() == b"0123456789"
    assert "app/stable 1.4.0 100 %" in said


def test_several_platforms_have_files_of_their_own(operator: Operator) -> None:
    files = [operator.file("App.dmg", b"for macOS"), operator.file("App.msi", b"for Windows")]
    operator.run(
        "publish", "--version", "1.0.0", "--platform", f"macos={files[0]}", "--platform", f"windows={files[1]}"
    )
    described = operator.told().files
    assert {name: file.length for name, file in described.items()} == {"macos": 9, "windows": 11}


def test_published_again_nothing_happens(operator: Operator) -> None:
    operator.publish("1.0.0", "--rollout", "5")
    before = listing()
    path = operator.folder / "App.dmg"
    said = operator.run("publish", "--version", "1.0.0", "--platform", f"macos={path}", "--rollout", "5")
    assert "is at 1.0.0, for 5 %" in said
    assert listing() == before


def test_a_publication_that_broke_off_is_repeated(operator: Operator) -> None:
    """What was uploaded is not uploaded again, and metadata nobody was told of stays in no history."""
    path = operator.file(content=b"whole")
    file = local_files.read(path)
    key = f"{bucket.TARGETS}/{operator.channel}/{file.sha256}.macos"
    assert local_files.upload(file, key)
    assert not local_files.upload(file, key)
    operator.put("2.targets", b"half of it")
    operator.publish("1.0.0", content=b"whole")
    assert operator.versions() == ["1.0.0"]
    assert repository.read(operator.product).targets.version == 3
    assert len([each for each, _ in listing() if each == key]) == 1


def test_a_file_that_changes_meanwhile_is_not_published(operator: Operator) -> None:
    path = operator.file(content=b"as it was read")
    file = local_files.read(path)
    path.write_bytes(b"as it is now")
    with pytest.raises(Refused, match="has changed"):
        local_files.upload(file, f"{bucket.TARGETS}/{operator.channel}/{file.sha256}.macos")
    assert operator.versions() == []


def test_withdrawing_goes_back_step_by_step(operator: Operator) -> None:
    """By what was offered before, not by what was changed last."""
    operator.publish("1.0.0")
    operator.publish("1.1.0", "--rollout", "20")
    operator.run("rollout", "--version", "1.1.0", "--percent", "60")
    operator.publish("1.2.0")
    operator.run("rollout", "--version", "1.2.0", "--percent", "50")
    operator.run("withdraw", "--version", "1.2.0")
    assert (operator.told().custom["version"], operator.told().custom["rollout"]) == ("1.1.0", 60)
    operator.run("withdraw", "--version", "1.1.0")
    assert (operator.told().custom["version"], operator.told().custom["rollout"]) == ("1.0.0", 100)
    assert operator.versions() == ["1.0.0", "1.1.0", "1.1.0", "1.2.0", "1.2.0", "1.1.0", "1.0.0"]


def test_a_withdrawn_version_may_come_back_as_it_was(operator: Operator) -> None:
    operator.publish("1.0.0")
    operator.publish("1.1.0", content=b"good after all")
    operator.run("withdraw", "--version", "1.1.0")
    with pytest.raises(CommandError, match="take a new number"):
        operator.publish("1.1.0", content=b"other bytes")
    assert operator.publish("1.1.0", content=b"good after all").custom["version"] == "1.1.0"


def test_an_older_version_is_published_when_that_is_meant(operator: Operator) -> None:
    operator.publish("2.0.0")
    assert operator.publish("1.9.9", "--allow-downgrade").custom["version"] == "1.9.9"


def test_timestamps_go_on_when_an_old_one_was_put_back(operator: Operator) -> None:
    """Or apps would take the next one for an old one."""
    operator.publish("1.0.0")
    first = operator.read("timestamp")
    operator.publish("1.1.0")
    newest = operator.version_of("timestamp")
    operator.put("timestamp", first)
    operator.run("rollout", "--version", "1.0.0", "--percent", "50")
    assert operator.version_of("timestamp") >= newest
    assert operator.version_of("4.targets") == 4


def test_lists_say_what_is_offered_and_what_was(operator: Operator) -> None:
    operator.publish("1.0.0")
    operator.publish("1.1.0", "--rollout", "20")
    assert f"{operator.channel} 1.1.0 20 %" in run("list")
    assert f"{operator.channel} 1.0.0" not in run("list")
    assert [line.split()[1] for line in operator.run("list").splitlines()] == ["1.1.0", "1.0.0"]
    assert "Nothing" in run("list", "--product", operator.product, "--channel", "beta")
    with pytest.raises(CommandError, match="both"):
        run("list", "--product", "none")


def test_a_damaged_product_is_named_and_the_others_are_listed(operator: Operator) -> None:
    operator.publish("1.0.0")
    damaged = [Operator(operator.folder) for _ in range(3)]
    for each in damaged:
        each.create()
    damaged[0].put("timestamp", b"damaged")
    damaged[1].put("1.targets", b"")
    client("s3").delete_object(
        Bucket=settings.UPDATES_BUCKET, Key=repository.key(damaged[2].product, "timestamp")
    )  # as after a creation that broke off
    output = io.StringIO()
    with pytest.raises(CommandError) as said:
        call_command("updates", "list", stdout=output)
    assert output.getvalue().startswith(f"{operator.channel} 1.0.0 100 %")
    assert said.value.returncode == 1
    for each in damaged:
        assert f"{each.product} is damaged: " in str(said.value)
    assert operator.product not in str(said.value)


def test_channels_stand_side_by_side(operator: Operator) -> None:
    operator.publish("1.0.0")
    path = str(operator.file(content=b"beta"))
    where = ["--product", operator.product, "--channel", "beta", "--version", "2.0.0"]
    run("publish", *where, "--platform", f"macos={path}")
    assert operator.told().custom["version"] == "1.0.0"
    assert operator.versions() == ["1.0.0"]


def test_a_roll_out_grows_and_is_fair() -> None:
    def chosen(percent: int, version: str = "1.0.0") -> set[int]:
        custom = {"version": version, "rollout": percent}
        return {number for number in range(2000) if APP.includes("app", custom, f"installation-{number}")}

    assert chosen(0) == set()
    assert chosen(100) == set(range(2000))
    assert chosen(10) < chosen(11) < chosen(50)
    assert 140 < len(chosen(10)) < 260  # five standard deviations about 200
    assert chosen(10) != chosen(10, "1.0.1")


def test_nothing_is_signed_that_others_have_put_there(operator: Operator) -> None:
    """Who can write to the bucket can't have the keys sign for them."""
    operator.publish("1.0.0")
    other = Operator(operator.folder)
    other.create()
    other.publish("9.0.0")
    good = operator.read("timestamp")
    forged = json.loads(good)
    forged["signatures"][0]["sig"] = hashlib.sha256(b"x").hexdigest()
    for body in (b"no JSON", b"[]", b"{}", json.dumps(forged).encode(), operator.read("1.targets")):
        operator.put("timestamp", body)
        _nothing_changes(operator)
    operator.put("timestamp", good)
    signed = operator.read("2.targets")
    operator.put("2.targets", signed.replace(b'"rollout":100', b'"rollout":99'))
    _nothing_changes(operator)
    operator.put("2.targets", other.read("2.targets"))
    _nothing_changes(operator, "targets of another product")


def _nothing_changes(operator: Operator, says: str = "in the bucket") -> None:
    before = listing()
    for command in (["rollout", "--percent", "100"], ["withdraw"]):
        with pytest.raises(CommandError, match=says):
            operator.run(*command, "--version", "1.0.0")
    assert listing() == before
