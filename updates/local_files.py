"""The files on the operator's machine that are to be published."""

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from updates.errors import Refused

PART_BYTES = 16 * 1024 * 1024
MAX_FILE_BYTES = 30_000_000_000  # CloudFront serves no file of more than that, or of little more
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*")
_MAX_NAME = 100


# Told what is done and of how many bytes it is, it gives what is told of each piece's bytes.
Progress = Callable[[str, int], Callable[[int], None]]


def nothing(what: str, size: int) -> Callable[[int], None]:
    """No progress is shown."""
    return lambda _: None


@dataclass(frozen=True)
class LocalFile:
    """What is known of a file: bytes, SHA-256 in hex, and the checksum S3 will have of it."""

    name: str
    size: int
    sha256: str
    checksum: str


def check(path: Path) -> None:
    """Raise Refused unless it is a file that can be published under its own name."""
    if not _FILE_NAME.fullmatch(path.name) or len(path.name) > _MAX_NAME:
        raise Refused(
            f"{path.name!r} can't be part of an address: use letters, digits, and single dots, - or _ within."
        )
    if not path.is_file():
        raise Refused(f"{path} is no file.")
    size = path.stat().st_size
    if not 0 < size <= MAX_FILE_BYTES:
        raise Refused(f"{path} has {size} bytes: at least 1 and at most {MAX_FILE_BYTES} can be served.")


def read(path: Path, progress: Progress = nothing) -> LocalFile:
    """Read it once, a part at a time."""
    tell = progress(f"read {path.name}", path.stat().st_size)
    whole, parts, size = hashlib.sha256(), [], 0
    with path.open("rb") as file:
        while part := file.read(PART_BYTES):
            whole.update(part)
            parts.append(hashlib.sha256(part).digest())
            size += len(part)
            tell(len(part))
    return LocalFile(path.name, size, whole.hexdigest(), _checksum(size, parts))


def _checksum(size: int, parts: list[bytes]) -> str:
    """As S3 reckons it of an upload: of a file in parts, the SHA-256 of their SHA-256."""
    digests = b"".join(parts)
    return base64.b64encode(digests if size < PART_BYTES else hashlib.sha256(digests).digest()).decode()
