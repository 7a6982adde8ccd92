"""Keys of objects in S3, and what a key says of its file.

users/<sub>/<upload id>/<file name>     asked for, private
users/<sub>/<anything else>             put there by the user's own credentials, private
blog/<sub>/<upload id>/<file name>      asked for by an editor; its renditions are public
"""

import re
import unicodedata
import uuid
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

NAME_LENGTH = 100
_OWNER = re.compile(r"[A-Za-z0-9_-]{1,128}")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Visibility(StrEnum):
    """Who may see the renditions. An original is always private."""

    PRIVATE = "private"
    PUBLIC = "public"


_ROOTS = {Visibility.PRIVATE: "users", Visibility.PUBLIC: "blog"}


@dataclass(frozen=True)
class ObjectKey:
    """A key in the uploads bucket, taken apart."""

    key: str
    owner: str
    visibility: Visibility
    path: str

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The ids its upload may have, the likeliest first.

        A key with an upload's id in it belongs to that upload, unless another file already does; any other key has
        an id of its own, always the same.
        """
        folder, _, name = self.path.partition("/")
        own = str(uuid.uuid5(uuid.NAMESPACE_URL, f"s3:{self.key}"))
        return (folder, own) if _UUID.fullmatch(folder) and name and "/" not in name else (own,)

    @cached_property
    def renditions(self) -> str:
        """The folder of its renditions, without a slash at the end; a public one does not say whose it is."""
        owner = "" if self.visibility is Visibility.PUBLIC else f"{self.owner}/"
        return f"{_ROOTS[self.visibility]}/{owner}{self.ids[-1]}"

    @property
    def name(self) -> str:
        """What to call a file nobody has named."""
        return self.path.rpartition("/")[2] if len(self.ids) > 1 else self.path


def parse(key: str) -> ObjectKey | None:
    """None for a key that is no user's file: another folder, or the empty object some tools make for a folder."""
    root, _, rest = key.partition("/")
    owner, _, path = rest.partition("/")
    visibility = next((visibility for visibility, name in _ROOTS.items() if name == root), None)
    if visibility is None or not _OWNER.fullmatch(owner) or not path or path.endswith("/"):
        return None
    return ObjectKey(key, owner, visibility, path)


def new_key(*, owner: str, visibility: Visibility, upload_id: str, name: str) -> str:
    """The key of an upload that is asked for."""
    return f"{_ROOTS[visibility]}/{owner}/{upload_id}/{safe_name(name)}"


def safe_name(name: str) -> str:
    """A file name of at most NAME_LENGTH harmless ASCII characters, its extension kept: "Ärger & Ä.JPG" is Arger-A.JPG.

    From the S3 guide's list of safe characters; no leading dot, so that no download is hidden.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    stem, dot, extension = _UNSAFE.sub("-", plain).rpartition(".")
    if not dot:
        stem, extension = extension, ""
    stem, extension = stem.strip(".-"), extension.strip("-")[:20]
    stem = stem[: NAME_LENGTH - len(extension) - 1].rstrip(".-") or "file"
    return f"{stem}.{extension}" if extension else stem
