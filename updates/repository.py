"""One product's TUF repository (theupdateframework.github.io/specification): reading, signing and replacing metadata.

A publication writes new targets and a new snapshot, which nobody is told of, then replaces the timestamp, on the
condition that it is what was read. So a publication happens at one moment, and of two operators one is refused.
"""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple, TypeVar, cast

from securesystemslib.signer import AWSSigner
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, MetaFile, Root, Signed, Snapshot, TargetFile, Targets, Timestamp
from tuf.api.serialization import DeserializationError

from config import env
from updates import bucket
from updates.bucket import Refused

LIFETIMES = {"timestamp": timedelta(days=7)} | dict.fromkeys(("root", "targets", "snapshot"), timedelta(days=365))
# Which setting names the KMS keys that sign for a role, the present one first.
ONLINE = {"timestamp": "UPDATES_TIMESTAMP_KEYS", **dict.fromkeys(("targets", "snapshot"), "UPDATES_TARGETS_KEYS")}
T = TypeVar("T", Root, Timestamp, Snapshot, Targets)


class State(NamedTuple):
    """A product as it is published: what apps are told, and the ETag of the timestamp that says so."""

    product: str
    timestamp: Timestamp
    etag: str
    targets: Targets


def read(product: str) -> State:
    """What is published. Raises Refused when a key of ours has not signed it, so that we never sign it anew."""
    timestamp, etag = trusted(product, "timestamp", Timestamp)
    snapshot, _ = trusted(product, f"{timestamp.snapshot_meta.version}.snapshot", Snapshot)
    targets, _ = trusted(product, f"{snapshot.meta['targets.json'].version}.targets", Targets)
    if any(not path.startswith(f"{product}/") for path in targets.targets):
        raise Refused(f"What lies at {product} in the bucket are targets of another product.")
    return State(product, timestamp, etag, targets)


def trusted(product: str, name: str, kind: type[T]) -> tuple[T, str]:
    """Metadata and its ETag, if a key of ours has signed it, whatever a root in the bucket says. Raises Refused."""
    metadata, etag = _read(product, name, kind)
    ours = Root()
    trust_online(ours, kind.type)
    if not ours.get_verification_result(kind.type, metadata.signed_bytes, metadata.signatures):
        raise Refused(f"No key of this stage has signed {product}'s {name}.json in the bucket.")
    return metadata.signed, etag


def history(state: State) -> list[Targets]:
    """All that apps were ever told, newest first. Each names the one it replaced; what broke off is in no chain.

    Former keys may have signed them. Raises Refused for what is damaged.
    """
    older = [number for number in _versions(state.product, "targets") if number < state.targets.version]
    with ThreadPoolExecutor(8) as threads:
        bodies = threads.map(lambda number: bucket.read(key(state.product, f"{number}.targets"))[0], older)
        found = dict(zip(older, bodies, strict=True))
    told = [state.targets]
    while former := found.pop(told[-1].unrecognized_fields.get("replaces", 0), b""):
        told.append(parsed(former, Targets, f"What came before {told[-1].version}.targets.json").signed)
    return told


def commit(state: State, files: Mapping[str, TargetFile]) -> None:
    """Publish these files in the place of the state's. Raises Refused when somebody has published meanwhile.

    And where apps would refuse all of it, as root knows no key that signs.
    """
    root = newest_root(state.product).signed
    for role, variable in ONLINE.items():
        if not {signer.public_key.keyid for signer in _signers(role)} & set(root.roles[role].keyids):
            raise Refused(f"Root {root.version} of {state.product} knows no key of {variable}: `updates rotate` first.")
    replaced = state.targets.version
    snapshot = _write(state.product, Targets(targets=dict(files), unrecognized_fields={"replaces": replaced}))
    if _put_timestamp(state.product, snapshot, after=state.timestamp.version, over=state.etag):
        return
    now = read(state.product)
    if now.targets.version != replaced:
        raise Refused(f"Somebody changed {state.product} meanwhile: see `updates list`, then try again.")
    commit(now, files)  # the timestamp was only renewed, by its function


def create(product: str, root: Metadata[Root]) -> None:
    """A new product, which offers nothing yet. Raises Refused when there is one; broken off, it may be repeated."""
    if bucket.read(key(product, "timestamp"))[1]:
        raise Refused(f"{product} is here already: `updates rotate` changes its root.")
    is_new = bucket.put(key(product, "1.root"), root.to_bytes())
    if not is_new and newest_root(product).signed.roles["root"] != root.signed.roles["root"]:
        raise Refused(f"Somebody has begun {product} with other keys: use those, or delete its 1.root.json in S3.")
    if not _put_timestamp(product, _write(product, Targets())):
        raise Refused(f"Somebody made {product} at the same time.")


def renew(product: str) -> datetime:
    """Sign the timestamp for another week, unless somebody publishes meanwhile. Raises Refused.

    When the first of root, targets and snapshot expires.
    """
    now, etag = trusted(product, "timestamp", Timestamp)
    _put_timestamp(product, now.snapshot_meta, after=now.version, over=etag)
    snapshot, _ = _read(product, f"{now.snapshot_meta.version}.snapshot", Snapshot)
    targets, _ = _read(product, f"{snapshot.signed.meta['targets.json'].version}.targets", Targets)
    return min(snapshot.signed.expires, targets.signed.expires, newest_root(product).signed.expires)


def newest_root(product: str) -> Metadata[Root]:
    """What apps embed. Raises Refused."""
    return _read(product, f"{max(_versions(product, 'root'), default=1)}.root", Root)[0]


def key(product: str, name: str) -> str:
    """Where metadata lies; with a slash before it, the path apps ask for."""
    return f"{bucket.METADATA}/{product}/{name}.json"


def parsed(body: bytes, kind: type[T], what: str) -> Metadata[T]:
    """Metadata of this kind, whose signatures are not looked at. Raises Refused."""
    with suppress(DeserializationError, RepositoryError):
        metadata: Metadata[Any] = Metadata.from_bytes(body)
        if isinstance(metadata.signed, kind):
            return cast("Metadata[T]", metadata)
    raise Refused(f"{what} is {'damaged' if body else 'missing: `updates create` begins a product'}.")


def trust_online(root: Root, role: str) -> None:
    """Have a root trust the present online keys for a role, and no others. Raises Refused, and botocore's errors."""
    for key_id in list(root.roles[role].keyids):
        root.revoke_key(key_id, role)
    for signer in _signers(role):
        root.add_key(signer.public_key, role)


def _signers(role: str) -> list[AWSSigner]:
    if names := env.words(ONLINE[role], ""):
        return [_signer(name) for name in names]
    raise Refused(f"There is no key to sign with: {ONLINE[role]} is empty (docs/updates.md).")


@cache
def _signer(name: str) -> AWSSigner:
    return AWSSigner(name, AWSSigner.import_(name)[1])


def _read(product: str, name: str, kind: type[T]) -> tuple[Metadata[T], str]:
    """Metadata, whoever has signed it, and its ETag."""
    body, etag = bucket.read(key(product, name))
    return parsed(body, kind, f"{product}'s {name}.json in the bucket"), etag


def _put_timestamp(product: str, snapshot: MetaFile, *, after: int = 0, over: str = "") -> bool:
    """The moment of publication. The version is a time, so that it goes on where somebody has put an old one back."""
    timestamp = Timestamp(version=max(after + 1, int(time.time())), snapshot_meta=snapshot)
    return bucket.put(key(product, "timestamp"), _signed(timestamp), over=over)


def _write(product: str, targets: Targets) -> MetaFile:
    """Store targets and a snapshot of them, both under the next number; what names the snapshot. Raises Refused."""
    number = max(_versions(product, "targets"), default=0) + 1
    snapshot = Snapshot(meta={"targets.json": _store(product, number, targets)})
    return _store(product, number, snapshot)


def _store(product: str, number: int, signed: Targets | Snapshot) -> MetaFile:
    signed.version = number
    body = _signed(signed)
    if not bucket.put(key(product, f"{number}.{signed.type}"), body):
        raise Refused(f"Somebody else is publishing {product} meanwhile: see `updates list`, then try again.")
    return MetaFile.from_data(number, body, ["sha256"])


def _signed(signed: Signed) -> bytes:
    """With a new expiry, by all present keys of its role, so that a change of keys has no moment without a good one."""
    signed.expires = datetime.now(UTC).replace(microsecond=0) + LIFETIMES[signed.type]
    metadata: Metadata[Any] = Metadata(signed)
    for signer in _signers(signed.type):
        metadata.sign(signer, append=True)
    return metadata.to_bytes()


def _versions(product: str, role: str) -> list[int]:
    found = (name.split(".") for name in bucket.names(f"{bucket.METADATA}/{product}/"))
    return [int(number) for number, *rest in found if number.isdigit() and rest == [role, "json"]]
