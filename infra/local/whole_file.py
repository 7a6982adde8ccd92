"""Files that are there whole or not at all, also after a power cut."""

import contextlib
import os
from pathlib import Path


def write_whole(path: Path, content: bytes, *, former: Path | None = None, mode: int = 0o666) -> None:
    """Put `content` at `path`; what was there becomes `former`. Raises OSError, with `path` as it was."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with open(part, "wb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if former:
            with contextlib.suppress(FileNotFoundError):
                path.replace(former)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
