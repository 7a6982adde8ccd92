"""From a file on an operator's machine to an app that has it, and back."""

import hashlib
import os
import sys
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from django.conf import settings
from django.core.management import CommandError
from django.test import override_settings

from config.env import BASE_DIR
from tests.handbook import follow
from tests.live import LiveServer
from tests.updates.publishing import PAGE, Operator, client_of_the_page, keys, listing, run
from updates import bucket, local_files
from updates.errors import Refused
from updates.local_files import PART_BYTES
from updates.signing import new_key, public_keys, seal

APP = client_of_the_page()


def test_it_goes_the_whole_way(operator: Operator, live_server: LiveServer, tmp_path: Path) -> None:
    content = os.urandom(PART_BYTES + 4321)
    notes = operator.file("notes.txt", "Faster. Schöner.\n".encode())
    operator.publish("1.3.0", content=b"before")
    operator.publish("1.4.0", "--notes-file", str(notes), "--rollout", "10", "--minimum", "1.2.0", content=content)

    channel = operator.channel
    manifest = APP.newest(live_server.url, channel.product, channel.channel, keys())
    assert (manifest["version"], manifest["minimum"], manifest["rollout"]) == ("1.4.0", "1.2.0", 10)
    assert (manifest["notes"], manifest["sequence"]) == ("Faster. Schöner.", 2)
    file = manifest["files"]["macos"]
    assert file["path"] == f"/{channel.folder}/1.4.0/{hashlib.sha256(content).hexdigest()[:16]}-App.dmg"
    target = tmp_path / "part"
    target.write_bytes(content[:1000])  # a download that broke off
    APP.download(live_server.url, file, target)
    assert target.read_bytes() == content

    assert "100 %" in operator.run("rollout_update", "--version", "1.4.0", "--percent", "100")
    manifest = APP.newest(live_server.url, channel.product, channel.channel, keys(), seen=2)
    assert (manifest["version"], manifest["rollout"], manifest["sequence"]) == ("1.4.0", 100, 3)

    assert "1.3.0" in operator.run("withdraw_update", "--version", "1.4.0")
    manifest = APP.newest(live_server.url, channel.product, channel.channel, keys(), seen=3)
    assert (manifest["version"], manifest["sequence"]) == ("1.3.0", 4)
    APP.download(live_server.url, manifest["files"]["macos"], tmp_path / "other")


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
    arguments = ["--platform", f"macos={files[0]}", "--platform", f"windows={files[1]}"]
    operator.run("publish_update", "--version", "1.0.0", *arguments)
    described = operator.told().files
    assert {name: file.size for name, file in described.items()} == {"macos": 9, "windows": 11}
    assert described["windows"].path.endswith("-App.msi")


def test_published_again_nothing_happens(operator: Operator) -> None:
    operator.publish("1.0.0", "--rollout", "5")
    before = listing()
    path = operator.folder / "App.dmg"
    said = operator.run("publish_update", "--version", "1.0.0", "--platform", f"macos={path}", "--rollout", "5")
    assert "already" in said
    assert listing() == before


def test_a_publication_that_broke_off_is_repeated(operator: Operator) -> None:
    """What was uploaded is not uploaded again, and what came half-way, or damaged, is replaced."""
    path = operator.file(content=b"whole")
    file = local_files.read(path)
    key = f"{operator.channel.folder}/1.0.0/{file.sha256[:16]}-App.dmg"
    assert bucket.put_file(path, file, key)
    assert not bucket.put_file(path, file, key)
    operator.publish("1.0.0", content=b"whole")
    assert operator.told().files["macos"].path == f"/{key}"
    assert len([each for each, _ in listing() if each == key]) == 1


def test_other_files_may_follow_those_nobody_was_told_of(operator: Operator) -> None:
    path = operator.file(content=b"a build nobody was told of")
    bucket.put_file(path, local_files.read(path), f"{operator.channel.folder}/1.0.0/0123456789abcdef-App.dmg")
    assert operator.publish("1.0.0", content=b"the build").version == "1.0.0"


def test_a_file_that_changes_meanwhile_is_not_published(operator: Operator) -> None:
    path = operator.file(content=b"as it was read")
    file = local_files.read(path)
    path.write_bytes(b"as it is now")
    with pytest.raises(Refused, match="not what it was"):
        bucket.put_file(path, file, f"{operator.channel.folder}/1.0.0/{file.sha256[:16]}-App.dmg")
    assert operator.versions() == []


def test_withdrawing_goes_back_step_by_step(operator: Operator) -> None:
    """By what was offered before, not by what was changed last."""
    operator.publish("1.0.0")
    operator.publish("1.1.0", "--rollout", "20")
    operator.run("rollout_update", "--version", "1.1.0", "--percent", "60")
    operator.publish("1.2.0")
    operator.run("rollout_update", "--version", "1.2.0", "--percent", "50")
    operator.run("withdraw_update", "--version", "1.2.0")
    assert (operator.told().version, operator.told().rollout) == ("1.1.0", 60)
    operator.run("withdraw_update", "--version", "1.1.0")
    assert (operator.told().version, operator.told().rollout) == ("1.0.0", 100)
    assert operator.versions() == ["1.0.0", "1.1.0", "1.1.0", "1.2.0", "1.2.0", "1.1.0", "1.0.0"]
    assert [told.sequence for told in bucket.history(operator.channel)] == [7, 6, 5, 4, 3, 2, 1]


def test_a_withdrawn_version_may_come_back_as_it_was(operator: Operator) -> None:
    operator.publish("1.0.0")
    operator.publish("1.1.0", content=b"good after all")
    operator.run("withdraw_update", "--version", "1.1.0")
    with pytest.raises(CommandError, match="take a new number"):
        operator.publish("1.1.0", content=b"other bytes")
    assert operator.publish("1.1.0", content=b"good after all").version == "1.1.0"


def test_an_older_version_is_published_when_that_is_meant(operator: Operator) -> None:
    operator.publish("2.0.0")
    assert operator.publish("1.9.9", "--allow-downgrade").version == "1.9.9"


def test_the_sequence_goes_on_when_a_manifest_was_deleted(operator: Operator) -> None:
    """Or apps would take the next one for an old one."""
    operator.publish("1.0.0")
    operator.publish("1.1.0")
    operator.delete()
    assert operator.publish("1.2.0").sequence == 3


def test_the_sequence_goes_on_when_an_old_manifest_was_put_back(operator: Operator) -> None:
    operator.publish("1.0.0")
    first = bucket.current(operator.channel)
    assert first
    operator.publish("1.1.0")
    operator.put(first.body)
    operator.run("rollout_update", "--version", "1.0.0", "--percent", "50")
    assert operator.told().sequence == 3


def test_lists_say_what_is_offered_and_what_was(operator: Operator) -> None:
    operator.publish("1.0.0")
    operator.publish("1.1.0", "--rollout", "20")
    assert f"{operator.channel} 1.1.0 20 %" in run("list_updates")
    assert f"{operator.channel} 1.0.0" not in run("list_updates")
    assert [line.split()[1] for line in operator.run("list_updates").splitlines()] == ["1.1.0", "1.0.0"]
    assert "Nothing" in run("list_updates", "--product", "none", "--channel", "stable")
    with pytest.raises(CommandError, match="both"):
        run("list_updates", "--product", "none")


def test_an_app_believes_no_other_key_and_no_changed_byte(operator: Operator, live_server: LiveServer) -> None:
    operator.publish("1.0.0")
    where = live_server.url, operator.channel.product, operator.channel.channel
    with pytest.raises(ValueError, match="no key"):
        APP.newest(*where, public_keys([new_key()]))
    with pytest.raises(ValueError, match="older"):
        APP.newest(*where, keys(), seen=2)
    [own] = keys()
    [other] = public_keys([new_key()]).values()
    with pytest.raises(InvalidSignature):
        APP.newest(*where, {own: other})


def test_an_app_keeps_no_file_but_the_one_that_was_signed(
    operator: Operator, live_server: LiveServer, tmp_path: Path
) -> None:
    file = {"path": operator.publish("1.0.0").files["macos"].path, "size": 5, "sha256": "0" * 64}
    with pytest.raises(ValueError, match="not the file"):
        APP.download(live_server.url, file, tmp_path / "target")
    assert not (tmp_path / "target").exists()


def test_a_roll_out_grows_and_is_fair() -> None:
    def chosen(percent: int, version: str = "1.0.0") -> set[int]:
        manifest = {"product": "app", "version": version, "rollout": percent}
        return {number for number in range(2000) if APP.includes(manifest, f"installation-{number}")}

    assert chosen(0) == set()
    assert chosen(100) == set(range(2000))
    assert chosen(10) < chosen(11) < chosen(50)
    assert 140 < len(chosen(10)) < 260  # five standard deviations about 200
    assert chosen(10) != chosen(10, "1.0.1")


def test_while_keys_change_all_of_them_sign(operator: Operator, live_server: LiveServer) -> None:
    old, new = new_key(), new_key()
    where = live_server.url, operator.channel.product, operator.channel.channel
    with override_settings(UPDATES_KEYS=[old]):
        operator.publish("1.0.0")
    with override_settings(UPDATES_KEYS=[old, new]):
        operator.run("rollout_update", "--version", "1.0.0", "--percent", "100")
        assert list(public_keys([old, new])) == [line.split()[0] for line in run("update_public_key").splitlines()]
    for key in (old, new):
        assert APP.newest(*where, public_keys([key]))["version"] == "1.0.0"
    with override_settings(UPDATES_KEYS=[new]):
        operator.run("rollout_update", "--version", "1.0.0", "--percent", "50")
        with pytest.raises(ValueError, match="no key"):
            APP.newest(*where, public_keys([old]))


def test_nothing_is_signed_that_others_have_put_there(operator: Operator) -> None:
    """Who can write to the bucket can't have the key sign for them."""
    manifest = operator.publish("1.0.0")
    operator.publish("1.1.0")
    no_number = manifest.encode().replace(b'"sequence":1', b'"sequence":"1"')
    for body in (
        b"no JSON",
        b"[]",
        b"{}",
        seal(b"{}", [new_key()]),
        seal(no_number, settings.UPDATES_KEYS),
        seal(manifest.encode(), [new_key()]),
    ):
        operator.put(body)
        before = listing()
        for command in (["rollout_update", "--percent", "100"], ["withdraw_update"]):
            with pytest.raises(CommandError):
                operator.run(*command, "--version", "1.0.0")
        assert listing() == before
    operator.put(seal(Operator(operator.folder).publish("9.0.0").encode(), settings.UPDATES_KEYS))
    with pytest.raises(CommandError, match="no manifest of"):
        operator.run("rollout_update", "--version", "9.0.0", "--percent", "100")
