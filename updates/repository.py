"""One product's TUF repository (theupdateframework.github.io/specification): reading, signing and replacing metadata.

A publication writes new targets and a new snapshot, which nobody is told of, then replaces the timestamp, on the
condition that it is what was read. So a publication happens at one moment, and of two operators one is refused.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast

from securesystemslib.exceptions import UnverifiedSignatureError
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, MetaFile, Root, Signed, Snapshot, Targets, Timestamp
from tuf.api.serialization import DeserializationError

from updates import bucket, keys
from updates.errors import Refused

LIFETIMES = {
    "timestamp": timedelta(days=7),
    **dict.fromkeys(("root", "targets", "snapshot"), timedelta(days=365)),
}
_READ_AT_ONCE = 8
_TRIES = 5
T = TypeVar("T", Root, Timestamp, Snapshot, Targets)


@dataclass(frozen=True)
class State:
    """A product as it is published: what apps are told, and the ETag of the timestamp that says so."""

    product: str
    timestamp: Metadata[Timestamp]
    etag: str
    targets: Metadata[Targets]


def read(product: str) -> State:
    """What is published. Raises Refused when a key of ours has not signed it, so that we never sign it anew."""
    timestamp, etag = _timestamp(product)
    snapshot = _trusted(product, "snapshot", timestamp.signed.snapshot_meta.version, Snapshot)
    targets = _trusted(product, "targets", snapshot.signed.meta["targets.json"].version, Targets)
    if any(not path.startswith(f"{product}/") for path in targets.signed.targets):
        raise Refused(f"What lies at {product} in the bucket are targets of another product.")
    return State(product, timestamp, etag, targets)


def targets_of(product: str, version: int) -> Targets:
    """Former targets, signed by a key of ours. Raises Refused."""
    return _trusted(product, "targets", version, Targets).signed


def history(state: State) -> list[Targets]:
    """All that apps were ever told, newest first. Each names the one it replaced; what broke off is in no chain."""
    newest = state.targets.signed.version
    older = [number for number in _versions(state.product, "targets") if number < newest]
    with ThreadPoolExecutor(_READ_AT_ONCE) as threads:
        read_ = threads.map(lambda number: _load(state.product, "targets", number, Targets), older)
        found = {metadata.signed.version: metadata.signed for metadata in read_ if metadata}
    told = [state.targets.signed]
    while former := found.get(told[-1].unrecognized_fields.get("replaces", 0)):
        told.append(former)
    return told


def commit(state: State, targets: Targets) -> None:
    """Publish these targets in the place of the state's. Raises Refused."""
    targets = deepcopy(targets)
    targets.unrecognized_fields["replaces"] = state.targets.signed.version
    _replace_timestamp(state, _write_all(state.product, targets))


def create(product: str, root: Metadata[Root]) -> None:
    """A new product, which offers nothing yet. Raises Refused when there is one; broken off, it may be repeated."""
    if bucket.read(key(product, "timestamp")):
        raise Refused(f"{product} is here already: `updates rotate` changes its root.")
    is_new = bucket.put(key(product, "1.root"), root.to_bytes(), over=None)
    if not is_new and newest_root(product).signed.roles["root"] != root.signed.roles["root"]:
        raise Refused(f"Somebody has begun {product} with other keys: use those, or delete its 1.root.json in S3.")
    timestamp = _signed(Timestamp(snapshot_meta=_write_all(product, Targets())))
    if not bucket.put(key(product, "timestamp"), timestamp, over=None):
        raise Refused(f"Somebody made {product} at the same time.")


def renew(product: str) -> Timestamp | None:
    """Sign the timestamp for another week; the new one, None when somebody published meanwhile. Raises Refused."""
    now, etag = _timestamp(product)
    wanted = _next_timestamp(now.signed, now.signed.snapshot_meta)
    return wanted if bucket.put(key(product, "timestamp"), _signed(wanted), over=etag) else None


def newest_root(product: str) -> Metadata[Root]:
    """What apps embed. Raises Refused."""
    root = _load(product, "root", max(_versions(product, "root"), default=0), Root)
    if root is None:
        raise Refused(f"{product} is not here: `updates create` makes it.")
    return root


def put_root(product: str, root: Metadata[Root]) -> None:
    """Publish a root that enough keys of this and of the former one have signed. Raises Refused."""
    body = root.to_bytes()
    if not bucket.put(key(product, f"{root.signed.version}.root"), body, over=None):
        raise Refused(f"Somebody changed the root of {product} meanwhile: begin again.")


def expiries(product: str) -> dict[str, datetime]:
    """When each role's metadata ends, whoever has signed it. Raises Refused for a timestamp that is not ours."""
    timestamp, _ = _timestamp(product)
    snapshot = _load(product, "snapshot", timestamp.signed.snapshot_meta.version, Snapshot)
    number = snapshot.signed.meta["targets.json"].version if snapshot else 0
    targets = _load(product, "targets", number, Targets)
    every: tuple[Metadata[Any] | None, ...] = (newest_root(product), timestamp, snapshot, targets)
    return {metadata.signed.type: metadata.signed.expires for metadata in every if metadata}


def key(product: str, name: str) -> str:
    """Where metadata lies; with a slash before it, the path apps ask for."""
    return f"{bucket.METADATA}/{product}/{name}.json"


def _timestamp(product: str) -> tuple[Metadata[Timestamp], str]:
    stored = bucket.read(key(product, "timestamp"))
    if stored is None:
        raise Refused(f"{product} is not here: `updates create` makes it, or restore its timestamp.json in S3.")
    return _verified(_parsed(stored[0], Timestamp), f"{product}'s timestamp"), stored[1]


def _replace_timestamp(state: State, snapshot: MetaFile) -> None:
    """The moment of publication. That the timestamp was only renewed meanwhile, by its function, is no conflict."""
    now, etag = state.timestamp.signed, state.etag
    for _ in range(_TRIES):
        if bucket.put(key(state.product, "timestamp"), _signed(_next_timestamp(now, snapshot)), over=etag):
            return
        found, etag = _timestamp(state.product)
        if found.signed.snapshot_meta != state.timestamp.signed.snapshot_meta:
            break
        now = found.signed
    raise Refused(f"Somebody changed {state.product} meanwhile: see `updates list`, then try again.")


def _next_timestamp(now: Timestamp, snapshot: MetaFile) -> Timestamp:
    """Its version is a time, so that it goes on even where somebody has put an old timestamp back."""
    return Timestamp(version=max(now.version + 1, int(time.time())), snapshot_meta=snapshot)


def _write_all(product: str, targets: Targets) -> MetaFile:
    """Store targets, and a snapshot of them; what names that."""
    return _write(product, Snapshot(meta={"targets.json": _write(product, targets)}))


def _write(product: str, signed: Targets | Snapshot) -> MetaFile:
    """Store it under the next number; what names it. Raises Refused."""
    signed.version = max(_versions(product, signed.type), default=0) + 1
    body = _signed(signed)
    if not bucket.put(key(product, f"{signed.version}.{signed.type}"), body, over=None):
        raise Refused(f"Somebody else is publishing {product} meanwhile: see `updates list`, then try again.")
    return MetaFile.from_data(signed.version, body, ["sha256"])


def _signed(signed: Signed) -> bytes:
    """With a new expiry, by all present keys of its role, so that a change of keys has no moment without a good one."""
    signed.expires = datetime.now(UTC).replace(microsecond=0) + LIFETIMES[signed.type]
    metadata: Metadata[Any] = Metadata(signed)
    for signer in keys.online(signed.type):
        metadata.sign(signer, append=True)
    return metadata.to_bytes()


def _versions(product: str, role: str) -> list[int]:
    names = bucket.names(f"{bucket.METADATA}/{product}/")
    found = (name.split(".") for name in names if name.endswith(f".{role}.json"))
    return [int(number) for number, *_ in found if number.isdigit()]


def _load(product: str, role: str, version: int, kind: type[T]) -> Metadata[T] | None:
    """Metadata whose signatures are not looked at; None when there is none."""
    stored = bucket.read(key(product, f"{version}.{role}"))
    return _parsed(stored[0], kind) if stored else None


def _parsed(body: bytes, kind: type[T]) -> Metadata[T] | None:
    try:
        metadata: Metadata[Any] = Metadata.from_bytes(body)
    except (DeserializationError, RepositoryError):
        return None
    return cast("Metadata[T]", metadata) if isinstance(metadata.signed, kind) else None


def _trusted(product: str, role: str, version: int, kind: type[T]) -> Metadata[T]:
    return _verified(_load(product, role, version, kind), f"{product}'s {version}.{role}.json")


def _verified(metadata: Metadata[T] | None, what: str) -> Metadata[T]:
    """The same, if a key of ours has signed it, whatever a root in the bucket says. Raises Refused."""
    if metadata:
        for public in (signer.public_key for signer in keys.online(metadata.signed.type)):
            with suppress(KeyError, UnverifiedSignatureError):
                public.verify_signature(metadata.signatures[public.keyid], metadata.signed_bytes)
                return metadata
    raise Refused(f"No key of this stage has signed {what} in the bucket.")
