"""Root: which keys sign what, itself signed by a threshold of keys that are kept offline, in PEM files."""

import os
from collections.abc import Iterable
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.serialization import load_pem_private_key
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata, Root

from updates import bucket, repository
from updates.bucket import Refused


def create(product: str, files: Iterable[Path], threshold: int) -> None:
    """Begin a product with root's keys of these files, made where there are none. Raises Refused and OSError."""
    signers = [_signer(path, make=True) for path in files]
    root = _changed(Root(), signers, [], threshold)
    for signer in signers:
        root.sign(signer, append=True)
    repository.create(product, root)


def rotate(
    product: str, files: Iterable[Path], *, add: list[Path], retire: list[Path], threshold: int | None, draft: Path
) -> tuple[int, int]:
    """Sign the next root, or the draft of it, with the keys of these files and with those to add, made where missing.

    Its number, and how many signatures it still needs: without enough it is kept in `draft`, else published. The other
    roles' metadata are then signed anew by the present online keys. Raises Refused and OSError.
    """
    state, newest = repository.read(product), repository.newest_root(product)
    now = newest.signed
    new = [_signer(path, make=True) for path in add]
    if draft.exists():
        root = repository.parsed(draft.read_bytes(), Root, str(draft))
        if root.signed_bytes == newest.signed_bytes:  # it was published, and the command broke off
            return _signed_anew(state, draft, now.version)
    else:
        root = _changed(deepcopy(now), new, [*map(_signer, retire)], threshold or now.roles["root"].threshold)
        root.signed.version += 1
    if root.signed.version != now.version + 1:
        raise Refused(f"{product} is at root {now.version}: the draft of {root.signed.version} does not follow it.")
    for signer in [*map(_signer, files), *new]:
        root.sign(signer, append=True)
    found = root.signed.get_root_verification_result(now, root.signed_bytes, root.signatures)
    if missing := max(found.first.missing, found.second.missing):
        draft.write_bytes(root.to_bytes())
        return root.signed.version, missing
    if not bucket.put(repository.key(product, f"{root.signed.version}.root"), root.to_bytes()):
        raise Refused(f"Somebody changed the root of {product} meanwhile: begin again.")
    return _signed_anew(state, draft, root.signed.version)


def _signed_anew(state: repository.State, draft: Path, number: int) -> tuple[int, int]:
    """Have the present online keys sign the other roles' metadata, as a root's last step; its number, and none lack."""
    repository.commit(state, state.targets.targets)
    draft.unlink(missing_ok=True)
    return number, 0


def _changed(root: Root, add: list[CryptoSigner], retire: list[CryptoSigner], threshold: int) -> Metadata[Root]:
    """With root's keys changed, and the online keys as they are now; nobody has signed it."""
    role = root.roles["root"]
    for signer in add:
        root.add_key(signer.public_key, "root")
    for signer in retire:
        if signer.public_key.keyid not in role.keyids:
            raise Refused("The key that is to be retired is none of root's.")
        root.revoke_key(signer.public_key.keyid, "root")
    if not 1 <= threshold <= len(role.keyids):
        raise Refused(f"{len(role.keyids)} keys can't give {threshold} signatures.")
    role.threshold = threshold
    for online in repository.ONLINE:
        repository.trust_online(root, online)
    root.expires = datetime.now(UTC).replace(microsecond=0) + repository.LIFETIMES["root"]
    return Metadata(root)


def _signer(path: Path, *, make: bool = False) -> CryptoSigner:
    """The key of a PEM file, made with Ed25519 where there is none if `make`."""
    if make and not path.exists():
        signer = CryptoSigner.generate_ed25519()
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(signer.private_bytes)
        return signer
    try:
        return CryptoSigner(load_pem_private_key(path.read_bytes(), None))
    except (ValueError, TypeError) as error:
        raise Refused(f"{path} holds no private key without a password: {error}") from None
