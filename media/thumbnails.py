"""Make the renditions of an uploaded picture, whatever was uploaded.

Pillow is imported by `media.rendering`, and only once there is a picture to draw: importing it is slow.
The measurements behind every limit are in docs/adr/0003-pictures.md.
"""

import base64
import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Self

SIZES = (1280, 640, 320)

# Of any file, and of the formats whose decoders hold the whole file beside the picture.
MAX_FILE_BYTES = 25_000_000
MAX_BYTES = {"WEBP": 12_000_000, "AVIF": 10_000_000, "HEIC": 15_000_000}
MAX_EDGE = 65_535

# Pixels that fit in MAX_PEAK_BYTES. A JPEG is shrunk while it is decoded; the others are decoded whole, at
# 4 bytes a pixel (PNG), 12 (WebP: three canvases) and up to 18 (AVIF: planes of two bytes a sample, then copies).
# HEIC takes 6, and iPhones take pictures of 24.5 megapixels: with a large file that is 14 MiB more than MAX_PEAK_BYTES.
MAX_PIXELS = {
    "JPEG": 110_000_000, "PNG": 33_600_000, "GIF": 33_600_000, "WEBP": 12_200_000, "AVIF": 8_900_000,
    "HEIC": 25_000_000,
}  # fmt: skip

# A JPEG in several scans holds all its coefficients, 2 bytes each, until the last scan: 50 megapixels with
# the usual half resolution colour, 25 with full colour.
MAX_JPEG_COEFFICIENT_BYTES = 152_000_000
# Each scan visits the whole picture; encoders write about ten.
MAX_JPEG_SCANS = 64

# Memory that drawing may add to the process, its children included: with Django and botocore (64 MiB) it is under 256.
MAX_PEAK_BYTES = 185 * 2**20

# Of a process that draws a format whose cost can't be read from its header.
CHILD_MEMORY_BYTES = {"AVIF": 170 * 2**20, "HEIC": 195 * 2**20}
CHILD_CPU_SECONDS = 10
CHILD_WALL_SECONDS = 40

UNREADABLE = "The file is not a picture we can read: use JPEG, PNG, WebP, GIF, AVIF or HEIC."
EMPTY = "The file is empty."
DAMAGED = "The picture is damaged or incomplete."
TOO_COSTLY = "The picture takes too much work to read: save it smaller, or as an ordinary JPEG."

CONTENT_TYPES = {f: f"image/{f.lower()}" for f in MAX_PIXELS}
# Other names that programs have for them.
ALIASES = {"image/jpg": "image/jpeg", "image/heif": "image/heic"}


class Unusable(Exception):
    """The file can't become renditions, however often it is tried. The message is for the person who uploaded it."""


@dataclass(frozen=True)
class Rendition:
    """One encoded copy, at most `size` pixels on its longest edge, never larger than the original."""

    size: int
    width: int
    height: int
    content_type: str
    suffix: str
    data: bytes


@dataclass(frozen=True)
class Pictures:
    """What a file holds: its size in pixels as displayed, its type by content, a WebP and a JPEG for each of SIZES."""

    width: int
    height: int
    content_type: str
    renditions: tuple[Rendition, ...]

    def to_json(self) -> str:
        return json.dumps(asdict(self), default=lambda data: base64.b64encode(data).decode())

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Self:
        renditions = (Rendition(**{**r, "data": base64.b64decode(r["data"])}) for r in fields.pop("renditions"))
        return cls(renditions=tuple(renditions), **fields)


def make_renditions(file: BinaryIO) -> Pictures:
    """Draw it at each of SIZES, as WebP and as JPEG, largest first.

    The file is read piece by piece, where its decoder can. It has to be local and sought in: a failed read can't be
    told from a truncated picture. Raises Unusable for anything that isn't a whole picture within the limits.
    """
    kind = _find_format(file)
    if kind in CHILD_MEMORY_BYTES:
        return _render_in_child(file.read(), kind)
    from media import rendering

    return rendering.render(file, kind)


def _find_format(file: BinaryIO) -> str:
    """Name the format by the first bytes, never by a file name, and refuse empty and oversize files."""
    length = file.seek(0, os.SEEK_END)
    file.seek(0)
    if not length:
        raise Unusable(EMPTY)
    kind = _name_format(file.read(64))
    limit = MAX_BYTES.get(kind, MAX_FILE_BYTES)
    if length > limit:
        raise Unusable(f"The file is too large: a picture of type {kind} may have at most {limit // 1_000_000} MB.")
    file.seek(0)
    return kind


# Still pictures of HEVC (ISO/IEC 23008-12, annex B), and the brand of any picture in this container.
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1")


def _name_format(head: bytes) -> str:
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp":
        brands = head[8 : int.from_bytes(head[:4])]
        if b"avif" in brands:
            return "AVIF"
        if any(brand in brands for brand in _HEIC_BRANDS):
            return "HEIC"
    raise Unusable(UNREADABLE)


def _render_in_child(data: bytes, kind: str) -> Pictures:
    """Draw in a process of limited memory and time.

    What a picture of a video codec costs can't be read from its header: an AVIF of 3 KB that says 64 by 64 can hold a
    frame of 16,000 by 16,000 (460 MiB), or any number of hidden frames. So the kernel holds the limits.
    """
    try:
        child = subprocess.run(  # noqa: S603  # `kind` is a word of ours
            [sys.executable, "-m", "media.rendering", kind],
            input=data,
            capture_output=True,
            cwd=Path(__file__).parent.parent,
            timeout=CHILD_WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Unusable(TOO_COSTLY) from None
    if child.returncode < 0:  # ended by a signal: out of time, or a crash in the decoder
        raise Unusable(TOO_COSTLY)
    if child.returncode:
        raise RuntimeError(child.stderr.decode(errors="replace"))
    answer = json.loads(child.stdout)
    if "reason" in answer:
        raise Unusable(answer["reason"])
    return Pictures.from_json(answer)
