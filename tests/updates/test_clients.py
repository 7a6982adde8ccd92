"""Standard clients fetch what is published, and refuse what somebody makes of it on the way."""

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management.base import CommandError
from securesystemslib.signer import CryptoSigner
from tuf.api.exceptions import DownloadLengthMismatchError
from tuf.api.metadata import Metadata, Timestamp
from urllib3.exceptions import HTTPError

from config.aws import client
from tests.updates.clients import Client, JavaScriptClient, Network, PythonClient, Refuses
from tests.updates.publishing import Operator, client_of_the_page, run
from updates import repository


@pytest.fixture
def network() -> Iterator[Network]:
    made = Network()
    yield made
    made.stop()


@pytest.fixture(
    params=[
        pytest.param(PythonClient, id="python-tuf"),
        pytest.param(JavaScriptClient, id="tuf-js", marks=pytest.mark.prove),
    ]
)
def app(request: pytest.FixtureRequest, network: Network, operator: Operator, tmp_path: Path) -> Client:
    """A client that has seen 1.0.0 of a product."""
    operator.publish("1.0.0", content=b"first" * 100)
    network.copy(operator)
    made: Client = request.param(network, operator, tmp_path / "app")
    assert made.fetch() == ("1.0.0", b"first" * 100)
    return made


def metadata(operator: Operator, name: str) -> str:
    return f"/{repository.key(operator.product, name)}"


def test_it_sees_what_is_published(app: Client, network: Network, operator: Operator) -> None:
    operator.publish("1.1.0", content=b"second")
    network.copy(operator)
    assert app.fetch() == ("1.1.0", b"second")
    operator.run("withdraw", "--version", "1.1.0")
    network.copy(operator)
    assert app.fetch() == ("1.0.0", b"first" * 100)


def test_a_renewed_timestamp_is_believed(app: Client, network: Network, operator: Operator) -> None:
    repository.renew(operator.product)
    network.copy(operator)
    assert app.fetch()[0] == "1.0.0"


def test_a_rollback_is_refused(app: Client, network: Network, operator: Operator) -> None:
    before = dict(network.files)
    operator.publish("1.1.0")
    network.copy(operator)
    app.fetch()
    network.files[metadata(operator, "timestamp")] = before[metadata(operator, "timestamp")]
    with pytest.raises(Refuses):
        app.fetch()


def test_a_freeze_ends(app: Client, network: Network, operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is shown again and again expires."""
    monkeypatch.setitem(repository.LIFETIMES, "timestamp", timedelta(seconds=-1))
    repository.renew(operator.product)
    network.copy(operator)
    with pytest.raises(Refuses):
        app.fetch()


@pytest.mark.parametrize("role", ["snapshot", "targets"])
def test_a_mix_of_two_publications_is_refused(app: Client, network: Network, operator: Operator, role: str) -> None:
    operator.publish("1.1.0")
    network.copy(operator)
    network.files[metadata(operator, f"3.{role}")] = network.files[metadata(operator, f"2.{role}")]
    with pytest.raises(Refuses):
        app.fetch()


def test_another_key_is_refused(app: Client, network: Network, operator: Operator) -> None:
    forged = Metadata[Timestamp].from_bytes(network.files[metadata(operator, "timestamp")])
    forged.signed.version += 1
    forged.sign(CryptoSigner.generate_ed25519())
    network.files[metadata(operator, "timestamp")] = forged.to_bytes()
    with pytest.raises(Refuses):
        app.fetch()


def test_a_changed_byte_is_refused(app: Client, network: Network, operator: Operator) -> None:
    operator.publish("1.1.0")
    network.copy(operator)
    name = metadata(operator, "3.targets")
    changed = json.loads(network.files[name])
    for target in changed["signed"]["targets"].values():
        target["custom"]["rollout"] = 99
    network.files[name] = json.dumps(changed).encode()
    with pytest.raises(Refuses):
        app.fetch()


def test_another_file_is_refused(app: Client, network: Network, operator: Operator) -> None:
    operator.publish("1.1.0", content=b"second")
    network.copy(operator)
    network.tampers = lambda path, body: b"SECOND" if "/targets/" in path else body
    with pytest.raises(Refuses):
        app.fetch()


@pytest.mark.parametrize("what", ["/targets/", "timestamp.json", ".snapshot.json", ".targets.json"])
def test_what_is_too_long_is_refused(app: Client, network: Network, operator: Operator, what: str) -> None:
    operator.publish("1.1.0", content=b"second")
    network.copy(operator)
    network.tampers = lambda path, body: body + b" " * 6_000_000 if what in path else body
    with pytest.raises(Refuses):
        app.fetch()


@pytest.mark.parametrize("fault", ["stalls", "cuts"])
def test_a_download_that_stalls_or_breaks_is_given_up(
    app: Client, network: Network, operator: Operator, fault: str
) -> None:
    operator.publish("1.1.0", content=b"second" * 100)
    network.copy(operator)
    setattr(network, fault, True)
    with pytest.raises(Refuses):
        app.fetch()
    setattr(network, fault, False)
    assert app.fetch() == ("1.1.0", b"second" * 100)


@pytest.mark.parametrize("takes_ranges", [True, False])
def test_the_pages_client_goes_on_where_it_was_cut(
    network: Network, operator: Operator, tmp_path: Path, takes_ranges: bool
) -> None:
    content = bytes(range(256)) * 4000
    operator.publish("1.0.0", content=content)
    network.copy(operator)
    network.takes_ranges, network.cuts_after = takes_ranges, [300_000, 500_001, 0]
    page = client_of_the_page()
    where = network.url, operator.product, "stable", "macos", tmp_path, operator.root()
    updater, target = page.newest(*where, fetcher=page.Resuming())
    assert Path(updater.download_target(target)).read_bytes() == content
    assert network.cuts_after == []
    # Of each answer that is cut, a last piece of less than 64 KiB may come twice.
    assert network.sent <= len(content) + (2 * 2**16 if takes_ranges else 800_001)


@pytest.mark.parametrize("fault", ["stalls", "cuts"])
def test_the_pages_client_gives_up_in_the_end(network: Network, operator: Operator, tmp_path: Path, fault: str) -> None:
    operator.publish("1.0.0", content=b"x" * 100)
    network.copy(operator)
    setattr(network, fault, True)
    page = client_of_the_page()
    where = network.url, operator.product, "stable", "macos", tmp_path, operator.root()
    updater, target = page.newest(*where, fetcher=page.Resuming(patience=0.1))
    with pytest.raises(HTTPError):
        updater.download_target(target)
    network.tampers = lambda path, body: body * 2 if "/targets/" in path else body
    setattr(network, fault, False)
    with pytest.raises(DownloadLengthMismatchError):
        updater.download_target(target)


def test_root_is_followed_from_one_to_the_next(app: Client, network: Network, operator: Operator) -> None:
    """A new root's key, signed by the former ones; the app has embedded the first root alone."""
    folder = operator.folder
    where = ["--product", operator.product, "--draft", str(folder / "draft.json")]
    keys = ["--root-key", str(folder / "root.pem"), "--add", str(folder / "new.pem"), "--threshold", "2"]
    assert "Root 2" in run("rotate", *where, *keys)
    said = run("rotate", *where, "--root-key", str(folder / "root.pem"))
    assert "1 more signatures are needed" in said
    network.copy(operator)
    assert operator.version_of("2.root") == 2
    assert app.fetch()[0] == "1.0.0"
    assert "Root 3" in run("rotate", *where, "--root-key", str(folder / "new.pem"))
    network.copy(operator)
    assert app.fetch()[0] == "1.0.0"


def test_online_keys_are_changed_by_two_roots_and_publish_nothing_before(
    app: Client, network: Network, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    former, folder = os.environ["UPDATES_TARGETS_KEYS"], operator.folder
    new = client("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    change = ["rotate", "--product", operator.product, "--root-key", str(folder / "root.pem")]
    monkeypatch.setenv("UPDATES_TARGETS_KEYS", f"{new},{former}")
    operator.publish("1.1.0")
    monkeypatch.setenv("UPDATES_TARGETS_KEYS", new)
    with pytest.raises(CommandError, match="knows no key of UPDATES_TARGETS_KEYS: `updates rotate` first"):
        operator.publish("1.2.0")
    for keys in (f"{new},{former}", new):
        monkeypatch.setenv("UPDATES_TARGETS_KEYS", keys)
        run(*change, "--draft", str(folder / "draft.json"))
    operator.publish("1.2.0")
    network.copy(operator)
    assert app.fetch()[0] == "1.2.0"
    monkeypatch.setenv("UPDATES_TARGETS_KEYS", former)
    with pytest.raises(CommandError, match="No key of this stage has signed"):
        operator.publish("1.3.0")


def test_a_root_that_too_few_have_signed_is_refused(app: Client, network: Network, operator: Operator) -> None:
    root = json.loads(operator.root())
    root["signed"]["version"] = 2
    network.files[metadata(operator, "2.root")] = json.dumps(root).encode()
    with pytest.raises(Refuses):
        app.fetch()
