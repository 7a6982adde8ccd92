"""Pictures for tests, made in code: photo-like ones, marked ones, colour profiles, and hostile files."""

import io
import random
import struct
import zlib
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageOps

if TYPE_CHECKING:
    from media.thumbnails import Pictures

Size = tuple[int, int]
Colour = tuple[int, ...]

RED, GREEN, BLUE, YELLOW = (220, 30, 30), (30, 160, 60), (40, 60, 200), (230, 200, 40)

# The columns a matrix profile holds: primaries adapted to D50 (ICC.1:2010, 8.3.3).
DISPLAY_P3 = ((0.5151, 0.2412, -0.0011), (0.2919, 0.6922, 0.0419), (0.1572, 0.0666, 0.7841))

ORIENTATION, GPS, IMAGE_DESCRIPTION = 0x0112, 0x8825, 0x010E
SECRET = "taken at home"


def make_renditions(source: bytes | Path) -> "Pictures":
    """Of bytes, or of the file at a path."""
    from media import thumbnails

    with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
        return thumbnails.make_renditions(file)


# --- Pictures -----------------------------------------------------------------------------------------------


def photo(size: Size, seed: int = 1) -> Image.Image:
    """A photo-like picture: brightness and colour in octaves of noise, as pink as nature's, plus a sensor's grain."""
    brightness = _octaves(size, seed)
    small = max(1, size[0] // 4), max(1, size[1] // 4)
    blue, red = (_octaves(small, seed + n).resize(size).point(lambda v: 128 + (v - 128) * 0.4) for n in (1, 2))
    return Image.merge("YCbCr", (brightness, blue, red)).convert("RGB")


def _octaves(size: Size, seed: int) -> Image.Image:
    random.seed(seed)
    picture = Image.linear_gradient("L").resize(size)
    for octave, weight in ((8, 0.5), (32, 0.4), (128, 0.3), (512, 0.2), (2048, 0.12)):
        scale = min(1.0, octave / max(size))
        noise = Image.effect_noise((max(1, int(size[0] * scale)), max(1, int(size[1] * scale))), 90)
        picture = Image.blend(picture, noise.resize(size, Image.Resampling.BICUBIC), weight)
    return ImageOps.autocontrast(Image.blend(picture, Image.effect_noise(size, 40), 0.08))


def quarters(size: Size = (480, 320)) -> Image.Image:
    """Red, green / blue, yellow: turned or mirrored in any way, it is another picture."""
    width, height = size
    picture = Image.new("RGB", size, RED)
    picture.paste(GREEN, (width // 2, 0, width, height // 2))
    picture.paste(BLUE, (0, height // 2, width // 2, height))
    picture.paste(YELLOW, (width // 2, height // 2, width, height))
    return picture


# Encoders at their fastest: what is read of a file does not depend on how hard they looked for a smaller one.
FAST: dict[str, dict[str, Any]] = {"HEIC": {"enc_params": {"preset": "ultrafast"}}, "AVIF": {"speed": 10}}


def encode(picture: Image.Image, kind: str, **options: Any) -> bytes:
    buffer, options = io.BytesIO(), {**FAST.get(kind, {}), **options}
    if kind == "HEIC":
        import pillow_heif

        pillow_heif.register_heif_opener()
        kind = "HEIF"
        if "exif" in options:  # as a phone does: the container says how to turn it, too
            picture = picture.copy()
            picture.info["exif"] = options.pop("exif").tobytes()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def exif(orientation: int = 1) -> Image.Exif:
    """EXIF as a phone writes it: an orientation, a place, a description (SECRET)."""
    data = Image.Exif()
    data[ORIENTATION] = orientation
    data[IMAGE_DESCRIPTION] = SECRET
    data[GPS] = {1: "N", 2: (48.0, 12.0, 30.0), 3: "E", 4: (16.0, 22.0, 0.0)}
    return data


# --- PNG, chunk by chunk ------------------------------------------------------------------------------------


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(size: Size, *, depth: int, colour_type: int, row: bytes, before: bytes = b"", block: int = 1 << 20) -> bytes:
    """A PNG whose every row is `row`; colour type 0 is grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA.

    `before` holds whole chunks to put in front of the pixels, `block` is the size of the data's chunks in bytes.
    """
    packer = zlib.compressobj(1)
    packed = b"".join(packer.compress(b"\0" + row) for _ in range(size[1])) + packer.flush()
    header = struct.pack(">IIBBBBB", *size, depth, colour_type, 0, 0, 0)
    data = (png_chunk(b"IDAT", packed[i : i + block]) for i in range(0, len(packed), block))
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + before + b"".join(data) + png_chunk(b"IEND", b"")


# --- JPEG, segment by segment -------------------------------------------------------------------------------


def jpeg_segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def insert_segments(jpeg: bytes, segments: bytes) -> bytes:
    """Put segments first in a JPEG."""
    return jpeg[:2] + segments + jpeg[2:]


def repeat_last_scan(jpeg: bytes, times: int) -> bytes:
    """A progressive JPEG whose last scan comes `times` more often."""
    last = jpeg.rindex(b"\xff\xda")
    return jpeg[:-2] + jpeg[last:-2] * times + b"\xff\xd9"


def separate_components(jpeg: bytes) -> bytes:
    """Make the first scan of a baseline JPEG one of a single component, so that several scans must follow."""
    start = jpeg.index(b"\xff\xda")
    (length,) = struct.unpack_from(">H", jpeg, start + 2)
    scan = jpeg_segment(0xDA, bytes((1,)) + jpeg[start + 5 : start + 7] + bytes((0, 63, 0)))
    return jpeg[:start] + scan + jpeg[start + 2 + length :]


# --- Colour profiles ----------------------------------------------------------------------------------------


def rgb_profile(primaries: tuple[tuple[float, float, float], ...] = DISPLAY_P3, gamma: float = 2.2) -> bytes:
    columns = {
        tag: b"XYZ \0\0\0\0" + _fixed(*xyz) for tag, xyz in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries, strict=True)
    }
    curves = dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), _curve(gamma))
    return _profile(b"mntr", b"RGB ", b"XYZ ", columns | curves)


def grey_profile(gamma: float) -> bytes:
    return _profile(b"mntr", b"GRAY", b"XYZ ", {b"kTRC": _curve(gamma)})


def cmyk_profile() -> bytes:
    """A press that prints every ink as grey: the more of any ink, the darker."""
    ramp = bytes(range(256))
    nodes = b"".join(bytes((255 - 200 * max(inks), 128, 128)) for inks in product((0, 1), repeat=4))
    identity = _fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)
    table = b"mft1\0\0\0\0" + bytes((4, 3, 2, 0)) + identity + ramp * 4 + nodes + ramp * 3
    return _profile(b"prtr", b"CMYK", b"Lab ", {b"A2B0": table})


def _fixed(*values: float) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def _curve(gamma: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"


def _profile(device: bytes, space: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    """An ICC profile of version 2.4 (ICC.1:2001-04, clauses 6.1 and 6.2)."""
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", 5) + b"test\0" + bytes(8 + 67 + 4),
        b"wtpt": b"XYZ \0\0\0\0" + _fixed(0.9642, 1.0, 0.8249),
        **tags,
    }
    offset, table, body = 132 + 12 * len(tags), struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        table += name + struct.pack(">II", offset + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack(
        ">I4sI4s4s4s12s4s4s",
        offset + len(body),
        b"test",
        0x02400000,
        device,
        space,
        connection,
        bytes(12),
        b"acsp",
        bytes(4),
    )
    illuminant = bytes(24) + _fixed(0.9642, 1.0, 0.8249)
    return (head + illuminant).ljust(128, b"\0") + table + body


# --- AVIF ---------------------------------------------------------------------------------------------------


def lying_avif(true_size: Size, size: Size) -> bytes:
    """A small file that says `size` and holds one flat frame of `true_size`."""
    data = encode(Image.new("RGB", true_size, RED), "AVIF", quality=20, speed=10, subsampling="4:4:4")
    return data.replace(struct.pack(">4sIII", b"ispe", 0, *true_size), struct.pack(">4sIII", b"ispe", 0, *size))
