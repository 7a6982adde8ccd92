"""Decode one picture of unknown origin, to the largest rendition's size, within known memory."""

import io
import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, BinaryIO, cast

from PIL import ExifTags, Image, ImageFile, PngImagePlugin
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from media import thumbnails
from media.thumbnails import Unusable

# Faster than Lanczos and smaller files, for a loss nobody sees (docs/adr/0003-pictures.md).
FILTER = Image.Resampling.BICUBIC

# How far a whole decoded picture is averaged in blocks before it is resampled: 1.5 leaves no visible trace.
REDUCING_GAP = 1.5
# Pixels converted at once, so that a large palette or alpha picture never exists twice.
BAND_PIXELS = 1_000_000

# What comes before the pixels: profiles, EXIF, depth maps. Pillow keeps all of it in memory, some of it twice.
MAX_HEADER_BYTES = 8_000_000
# Each block of a header costs about three reads; millions of empty ones fit in a file.
MAX_HEADER_READS = 4_096
# Encoders write PNG data in blocks of 8 KB or more, each read in four pieces.
MIN_BYTES_PER_READ = 128
MAX_PROFILE_BYTES = 4_000_000

TOO_MUCH_METADATA = f"The picture carries too much beside its pixels: at most {MAX_HEADER_BYTES // 1_000_000} MB."

TRANSPOSE = Image.Transpose
TURNS = {
    2: TRANSPOSE.FLIP_LEFT_RIGHT,
    3: TRANSPOSE.ROTATE_180,
    4: TRANSPOSE.FLIP_TOP_BOTTOM,
    5: TRANSPOSE.TRANSPOSE,
    6: TRANSPOSE.ROTATE_270,
    7: TRANSPOSE.TRANSVERSE,
    8: TRANSPOSE.ROTATE_90,
}


@dataclass
class Source:
    """A picture decoded to at most the largest of SIZES, not turned yet; `size` is that of the file."""

    image: Image.Image
    size: tuple[int, int]
    orientation: int
    profile: bytes


def decode(file: BinaryIO, kind: str) -> Source:
    """Decode a picture whose first bytes say it is of `kind`. Raises Unusable."""
    try:
        if kind == "HEIC":
            return _decode_heic(file.read())
        metered = _Metered(file)
        image = _open(metered, kind)
        _check_size(image.size, kind)
        size = image.size
        orientation = _read_orientation(image.info.pop("exif", b""))
        profile = image.info.pop("icc_profile", None) or b""
        image.info.pop("xmp", None)
        return Source(_load(image, metered), size, orientation, profile[:MAX_PROFILE_BYTES])
    except Unusable:
        raise
    except (MemoryError, Image.DecompressionBombError):
        raise Unusable(thumbnails.TOO_COSTLY) from None
    except Exception as error:
        if "Memory allocation" in str(error):  # libheif's words
            raise Unusable(thumbnails.TOO_COSTLY) from error
        # Decoders answer hostile bytes with every kind of exception, and all they depend on is those bytes.
        raise Unusable(thumbnails.DAMAGED) from error


def _decode_heic(data: bytes) -> Source:
    """The main picture of a file, turned as it says; libheif's threads would hold memory of their own."""
    import pi_heif  # type: ignore[import-untyped]

    options = pi_heif.options
    options.DECODE_THREADS, options.THUMBNAILS, options.DEPTH_IMAGES, options.AUX_IMAGES = 1, False, False, False
    container = pi_heif.open_heif(data, remove_stride=False)
    found = container[container.primary_index]
    _check_size(found.size, "HEIC")
    pixels = found.data
    # Decoding may show another size than the header says.
    _check_size(found.size, "HEIC")
    profile = (found.info.get("icc_profile") or b"")[:MAX_PROFILE_BYTES]
    picture = _shrink_rows(memoryview(pixels), found.stride, found.mode, found.size)
    return Source(picture, found.size, 1, profile)


def _shrink_rows(pixels: memoryview, stride: int, kind: str, size: tuple[int, int]) -> Image.Image:
    """To the largest rendition, straight from rows of `stride` bytes: Pillow would hold the whole picture once more."""

    def rows(top: int, bottom: int) -> Image.Image:
        band = pixels[top * stride : bottom * stride]
        return Image.frombuffer(kind, (size[0], bottom - top), band, "raw", kind, stride, 1)  # type: ignore[arg-type]

    factor = _factor(size)
    if factor < 2:
        # Copied: a small picture that is transparent or grey lies in the decoder's memory, which is given back.
        return _shrink(rows(0, size[1])).copy()
    return _shrink(_average(rows, size, _choose_mode(rows(0, 1)), factor))


# --- Opening: headers only, within limits -------------------------------------------------------------------


class _Metered(io.BufferedIOBase):
    """A file that can be read only so many times and so far, since Pillow limits neither."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.length = file.seek(0, io.SEEK_END)
        self._file.seek(0)
        self.allow(reads=MAX_HEADER_READS, size=MAX_HEADER_BYTES, reason=TOO_MUCH_METADATA)

    def allow(self, *, reads: int, size: int, reason: str) -> None:
        self._reads, self._size, self._reason = reads, size, reason

    def read(self, size: int | None = -1, /) -> bytes:
        data = self._file.read(-1 if size is None else size)
        self._reads -= 1
        self._size -= len(data)
        if self._reads < 0 or self._size < 0:
            raise Unusable(self._reason)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


class _Jpeg(JpegImageFile):
    def getexif(self) -> Image.Exif:
        """Answer nothing: Pillow asks only for a resolution, and would keep every tag once more to find it."""
        return Image.Exif()


# Characters of text in front of the pixels. One may take four bytes, and Pillow would allow 67 million.
PngImagePlugin.MAX_TEXT_MEMORY = 4_000_000


class _Png(PngImageFile):
    def load_end(self) -> None:
        """Leave what follows the pixels unread: it may be text of 25 MB, at up to four bytes a character."""


class _WebP(WebPImageFile):
    def load_prepare(self) -> None:
        """Free the decoder's two canvases before Pillow makes its own: 12 bytes a pixel at the peak instead of 16."""
        self._decoder = None
        super().load_prepare()


OPENERS: dict[str, type[_Jpeg | _Png | _WebP | GifImageFile]] = {
    "JPEG": _Jpeg,
    "PNG": _Png,
    "GIF": GifImageFile,
    "WEBP": _WebP,
}


def _open(file: _Metered, kind: str) -> ImageFile.ImageFile:
    """Read the header with the one decoder for `kind`: `Image.open` would try others, or load forty for AVIF."""
    stream = cast("IO[bytes]", file)
    if kind in {"WEBP", "AVIF"}:  # their decoders take the whole file at once
        file.allow(reads=MAX_HEADER_READS, size=file.length, reason=thumbnails.TOO_COSTLY)
    if kind == "AVIF":
        from PIL import AvifImagePlugin

        AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # each thread holds frames of its own
        return AvifImagePlugin.AvifImageFile(stream)
    image = OPENERS[kind](stream)
    if isinstance(image, _Jpeg):
        _check_scans(image, file)
    return image


def _check_size(size: tuple[int, int], kind: str) -> None:
    width, height = size
    limit = thumbnails.MAX_PIXELS[kind]
    if width * height > limit or max(width, height) > thumbnails.MAX_EDGE:
        raise Unusable(
            f"The picture is too large: {width} by {height} pixels, where a picture of type {kind} may have "
            f"at most {limit / 1e6:.1f} million, and {thumbnails.MAX_EDGE} along an edge."
        )


def _check_scans(image: _Jpeg, file: _Metered) -> None:
    """Refuse what is stored in many scans and is too large for that. `file` stands behind the first scan's header."""
    if not _is_multiscan(image, file):
        return
    if _measure_coefficients(image) > thumbnails.MAX_JPEG_COEFFICIENT_BYTES:
        width, height = image.size
        raise Unusable(
            f"The picture is too large for a progressive JPEG: {width} by {height} pixels. Save it as a baseline JPEG."
        )
    if _count_scans(file) > thumbnails.MAX_JPEG_SCANS:
        raise Unusable(thumbnails.TOO_COSTLY)


def _is_multiscan(image: _Jpeg, file: _Metered) -> bool:
    if "progressive" in image.info:
        return True
    length = 6 + 2 * image.layers  # of a scan header that names every component: ITU T.81, B.2.3
    file.seek(-length, io.SEEK_CUR)
    return file.read(length)[:3] != bytes((0, length, image.layers))


def _measure_coefficients(image: _Jpeg) -> int:
    """Bytes libjpeg allocates to hold every coefficient, 2 for each sample of each component."""
    across = max(layer[1] for layer in image.layer)
    down = max(layer[2] for layer in image.layer)
    units = math.ceil(image.width / (8 * across)) * math.ceil(image.height / (8 * down))
    return units * sum(layer[1] * layer[2] for layer in image.layer) * 64 * 2


def _count_scans(file: _Metered) -> int:
    """How often FFDA occurs, which entropy-coded data can't contain; embedded thumbnails count too."""
    file.allow(reads=MAX_HEADER_READS, size=file.length, reason=thumbnails.TOO_COSTLY)
    file.seek(0)
    scans, last = 0, b""
    while chunk := file.read(1 << 20):
        scans += (last + chunk).count(b"\xff\xda")
        last = chunk[-1:]
    return scans


def _read_orientation(exif: bytes) -> int:
    """Read tag 0x0112 of the first directory, 1 to 8, and 1 wherever the data makes no sense (TIFF 6.0, section 2)."""
    tiff = exif.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(order + "I", tiff, 4)
        (count,) = struct.unpack_from(order + "H", tiff, start)
        for entry in range(count):
            tag, kind, _, value = struct.unpack_from(order + "HHIH", tiff, start + 2 + 12 * entry)
            if tag == ExifTags.Base.Orientation and kind == 3:
                return value if value in TURNS else 1
    except struct.error:
        pass
    return 1


# --- Decoding: to the largest rendition, never twice in memory --------------------------------------------


def _load(image: ImageFile.ImageFile, file: _Metered) -> Image.Image:
    target = fit(image.size, thumbnails.SIZES[0])
    if isinstance(image, _Jpeg):
        image.draft(None, target)  # libjpeg scales while it decodes: 2, 4 or 8 times
    file.allow(
        reads=MAX_HEADER_READS + file.length // MIN_BYTES_PER_READ, size=file.length, reason=thumbnails.TOO_COSTLY
    )
    image.load()
    return _shrink(image)


def _shrink(image: Image.Image) -> Image.Image:
    target = fit(image.size, thumbnails.SIZES[0])
    small = _reduce(image, _factor(image.size))
    if small.size == target:
        return small
    return small.resize(target, FILTER)


def _factor(size: tuple[int, int]) -> int:
    """By how much to average before resampling."""
    return int(max(size) / max(fit(size, thumbnails.SIZES[0])) / REDUCING_GAP)


def fit(size: tuple[int, int], bound: int) -> tuple[int, int]:
    """Scale `size` down, never up, until its longest edge is `bound`."""
    scale = min(1.0, bound / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _reduce(image: Image.Image, factor: int) -> Image.Image:
    """Average blocks of `factor` by `factor` pixels, in a mode that can be resampled.

    Band by band: Pillow converts and premultiplies a whole picture at once, which would double its memory.
    """
    mode = _choose_mode(image)
    if factor < 2:
        return _convert(image, mode)
    return _average(lambda top, bottom: image.crop((0, top, image.width, bottom)), image.size, mode, factor)


def _average(rows: Callable[[int, int], Image.Image], size: tuple[int, int], mode: str, factor: int) -> Image.Image:
    """The picture of this size whose rows from one to below another `rows` gives, `factor` times smaller."""
    width, height = size
    small = Image.new(mode, (math.ceil(width / factor), math.ceil(height / factor)))
    step = max(1, BAND_PIXELS // width // factor)
    for top in range(0, small.height, step):
        band = rows(top * factor, min((top + step) * factor, height))
        small.paste(_convert(band, mode).reduce(factor), (0, top))
    return small


def _choose_mode(image: Image.Image) -> str:
    if image.mode in {"1", "L", "I;16"} and not _has_key_colour(image):
        return "L"
    if image.mode in {"LA", "CMYK"}:
        return image.mode
    return "RGBA" if image.has_transparency_data else "RGB"


def _has_key_colour(image: Image.Image) -> bool:
    """Whether one grey stands for transparent. That of a 16-bit picture is ignored: 8 bits can't tell it apart."""
    return "transparency" in image.info and image.mode != "I;16"


def _convert(image: Image.Image, mode: str) -> Image.Image:
    if image.mode == "I;16":
        image = image.point(lambda value: value * (1 / 257) + 0.5)  # convert() alone would clip at 255
    return image if image.mode == mode else image.convert(mode)
