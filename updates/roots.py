"""Root: which keys sign what, itself signed by a threshold of keys that are kept offline."""

from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata, Root
from tuf.api.serialization import DeserializationError

from updates import keys, repository
from updates.errors import Refused


def first(signers: list[CryptoSigner], threshold: int) -> Metadata[Root]:
    """A product's first root, signed by all these keys. Raises Refused."""
    root = Root(version=1)
    for signer in signers:
        root.add_key(signer.public_key, "root")
    return _sign(Metadata(_complete(root, threshold)), signers)


def following(
    product: str, *, add: list[CryptoSigner], retire: list[CryptoSigner], threshold: int | None
) -> Metadata[Root]:
    """The next root, unsigned: with root's keys changed, and the online keys as they are now. Raises Refused."""
    root = deepcopy(repository.newest_root(product).signed)
    root.version += 1
    for signer in add:
        root.add_key(signer.public_key, "root")
    for signer in retire:
        if signer.public_key.keyid not in root.roles["root"].keyids:
            raise Refused("The key that is to be retired is none of root's.")
        root.revoke_key(signer.public_key.keyid, "root")
    return Metadata(_complete(root, threshold or root.roles["root"].threshold))


def sign_and_publish(product: str, root: Metadata[Root], signers: list[CryptoSigner], draft: Path) -> int:
    """Sign with these; publish when enough have signed, else keep it in `draft`. How many more are needed."""
    now = repository.newest_root(product).signed
    if root.signed.version != now.version + 1:
        raise Refused(f"{product} is at root {now.version}: the draft of {root.signed.version} does not follow it.")
    _sign(root, signers)
    found = root.signed.get_root_verification_result(now, root.signed_bytes, root.signatures)
    if not found:
        draft.write_bytes(root.to_bytes())
        return max(found.first.missing, found.second.missing)
    repository.put_root(product, root)
    return 0


def read_draft(path: Path) -> Metadata[Root]:
    """A root that somebody has begun to sign. Raises Refused and OSError."""
    try:
        return Metadata[Root].from_bytes(path.read_bytes())
    except DeserializationError:
        raise Refused(f"{path} is no draft of a root.") from None


def _complete(root: Root, threshold: int) -> Root:
    if not 1 <= threshold <= len(root.roles["root"].keyids):
        raise Refused(f"{len(root.roles['root'].keyids)} keys can't give {threshold} signatures.")
    root.roles["root"].threshold = threshold
    for role in keys.ONLINE:
        for key_id in list(root.roles[role].keyids):
            root.revoke_key(key_id, role)
        for signer in keys.online(role):
            root.add_key(signer.public_key, role)
    root.expires = datetime.now(UTC).replace(microsecond=0) + repository.LIFETIMES["root"]
    return root


def _sign(root: Metadata[Root], signers: list[CryptoSigner]) -> Metadata[Root]:
    for signer in signers:
        root.sign(signer, append=True)
    return root
