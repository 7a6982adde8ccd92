"""The renditions of every kind of picture, and the refusal of everything else, within memory and time."""

import io
import math
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat, PngImagePlugin

from media import thumbnails
from media.thumbnails import SIZES, Pictures, Rendition, Unusable, make_renditions
from tests import pictures
from tests.pictures import BLUE, GREEN, RED, YELLOW, encode, photo, png, png_chunk, quarters

ROOT = Path(__file__).parents[2]
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "HEIC")
FLIPS = Image.Transpose

# How each orientation is stored: the inverse of what a viewer does to show it upright (Exif 2.32, tag 0x0112).
STORED = {
    1: None,
    2: FLIPS.FLIP_LEFT_RIGHT,
    3: FLIPS.ROTATE_180,
    4: FLIPS.FLIP_TOP_BOTTOM,
    5: FLIPS.TRANSPOSE,
    6: FLIPS.ROTATE_90,
    7: FLIPS.TRANSVERSE,
    8: FLIPS.ROTATE_270,
}


def decode(rendition: Rendition) -> Image.Image:
    picture = Image.open(io.BytesIO(rendition.data))
    assert picture.size == (rendition.width, rendition.height)
    assert picture.get_format_mimetype() == rendition.content_type
    return picture


def pixels(made: Pictures, suffix: str = "webp", mode: str = "RGB") -> Image.Image:
    """The largest rendition of one kind."""
    return decode(next(r for r in made.renditions if r.suffix == suffix)).convert(mode)


def at(picture: Image.Image, x: float, y: float) -> tuple[int, ...]:
    """The colour at a place given as fractions of width and height."""
    colour = picture.getpixel((int(x * picture.width), int(y * picture.height)))
    assert isinstance(colour, tuple)
    return colour


def near(colour: tuple[float, ...], expected: tuple[float, ...], within: float = 8) -> bool:
    return len(colour) == len(expected) and all(abs(a - b) <= within for a, b in zip(colour, expected, strict=True))


def refuse(source: bytes) -> str:
    with pytest.raises(Unusable) as refused:
        make_renditions(source)
    assert refused.value.reason.endswith(".")
    return refused.value.reason


# --- Sizes and formats --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", FORMATS)
def test_it_makes_a_webp_and_a_jpeg_of_every_size(kind: str) -> None:
    made = make_renditions(encode(quarters((1600, 1000)), kind))
    assert (made.width, made.height, made.content_type) == (1600, 1000, f"image/{kind.lower()}")
    assert [(r.size, r.suffix, r.content_type) for r in made.renditions] == [
        (size, *type_) for size in SIZES for type_ in (("webp", "image/webp"), ("jpg", "image/jpeg"))
    ]
    assert {r.size: (r.width, r.height) for r in made.renditions} == {
        1280: (1280, 800),
        640: (640, 400),
        320: (320, 200),
    }
    for rendition in made.renditions:
        shown = decode(rendition).convert("RGB")
        corners = (at(shown, 0.2, 0.2), at(shown, 0.8, 0.2), at(shown, 0.2, 0.8), at(shown, 0.8, 0.8))
        assert all(map(near, corners, (RED, GREEN, BLUE, YELLOW), (16,) * 4)), corners


@pytest.mark.parametrize("size", [(200, 120), (1, 1), (640, 640), (700, 3)])
def test_it_never_enlarges(size: tuple[int, int]) -> None:
    made = make_renditions(encode(quarters(size), "PNG"))
    assert [r.size for r in made.renditions] == [1280, 1280, 640, 640, 320, 320]
    for rendition in made.renditions:
        assert max(decode(rendition).size) == min(rendition.size, max(size))


@pytest.mark.parametrize("size", [(20_000, 1), (1, 20_000), (5_003, 7)])
def test_it_keeps_at_least_one_pixel_of_a_thin_picture(size: tuple[int, int]) -> None:
    made = make_renditions(encode(Image.new("RGB", size, GREEN), "PNG"))
    assert max(decode(made.renditions[0]).size) == 1280
    assert near(at(pixels(made), 0.5, 0.5), GREEN)


@pytest.mark.parametrize("size", [(1281, 961), (2560, 1920), (2999, 2001)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_it_draws_as_well_as_a_plain_resize_of_the_whole_picture(kind: str, size: tuple[int, int]) -> None:
    original = photo(size)
    options = {"quality": 95} if kind == "JPEG" else {"compress_level": 0}
    made = make_renditions(encode(original, kind, **options))
    for rendition in made.renditions:
        shown = decode(rendition)
        expected = original.resize(shown.size, Image.Resampling.LANCZOS)
        plain = Image.open(io.BytesIO(encode(expected, str(shown.format), quality=80)))
        assert difference(shown, expected) < 1.2 * difference(plain, expected) + 0.5


def difference(one: Image.Image, other: Image.Image) -> float:
    """Root of the mean square difference of two pictures, in levels of 255."""
    return max(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other)).rms)


def test_it_takes_bytes_a_path_or_an_open_file(tmp_path: Path) -> None:
    data = encode(quarters(), "JPEG")
    path = tmp_path / "upload.txt"
    path.write_bytes(data)
    with path.open("rb") as file:
        assert make_renditions(file) == make_renditions(path) == make_renditions(str(path)) == make_renditions(data)


def test_it_lets_the_caller_know_that_there_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        make_renditions(tmp_path / "missing.jpg")


def test_it_imports_without_pillow_and_django() -> None:
    code = "import sys, media.thumbnails; print({'PIL', 'django'} & set(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, text=True)
    assert shown.stdout.strip() == "set()"


# --- Orientation and metadata -------------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "HEIC"])
def test_it_shows_every_orientation_upright(kind: str, orientation: int) -> None:
    turn = STORED[orientation]
    stored = quarters().transpose(turn) if turn is not None else quarters()
    made = make_renditions(encode(stored, kind, exif=pictures.exif(orientation)))
    assert (made.width, made.height) == (480, 320)
    for suffix in ("webp", "jpg"):
        shown = pixels(made, suffix)
        assert shown.size == (480, 320)
        corners = (at(shown, 0.2, 0.2), at(shown, 0.8, 0.2), at(shown, 0.2, 0.8), at(shown, 0.8, 0.8))
        assert all(map(near, corners, (RED, GREEN, BLUE, YELLOW), (16,) * 4)), corners


def jpeg_markers(data: bytes) -> list[int]:
    """The markers in front of the pixels."""
    found, position = [], 2
    while data[position + 1] != 0xDA:
        found.append(data[position + 1])
        position += 2 + struct.unpack_from(">H", data, position + 2)[0]
    return found


def webp_chunks(data: bytes) -> list[bytes]:
    found, position = [], 12
    while position < len(data):
        name, length = struct.unpack_from("<4sI", data, position)
        found.append(name)
        position += 8 + length + length % 2
    return found


def with_metadata(kind: str) -> bytes:
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + pictures.SECRET.encode() + b"</x:xmpmeta>"
    options: dict[str, object] = {"icc_profile": pictures.rgb_profile(), "exif": pictures.exif(), "xmp": xmp}
    if kind in {"GIF", "JPEG"}:
        options["comment"] = pictures.SECRET
    if kind == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_itxt("XML:com.adobe.xmp", xmp)
        text.add_text("Comment", pictures.SECRET)
        options = {**options, "pnginfo": text}
    data = encode(quarters((900, 700)), kind, **options)
    assert pictures.SECRET.encode() in data
    return data


@pytest.mark.parametrize("kind", FORMATS)
def test_it_leaves_no_metadata(kind: str) -> None:
    for rendition in make_renditions(with_metadata(kind)).renditions:
        assert pictures.SECRET.encode() not in rendition.data
        if rendition.suffix == "webp":
            assert webp_chunks(rendition.data) == [b"VP8 "]
        else:
            assert set(jpeg_markers(rendition.data)) <= {0xE0, 0xDB, 0xC0, 0xC4}, "JFIF, tables and frame only"


@pytest.mark.parametrize(
    "tiff",
    [
        b"",
        b"II*\0",
        b"no TIFF at all",
        b"II*\0\xff\xff\xff\xff",
        b"II*\0\x08\0\0\0\xff\xff",  # a directory that ends early
        b"II*\0\x08\0\0\0\0\0\x08\0\0\0",  # a directory that follows itself
        b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x63\0\0\0",  # orientation 99
        b"II*\0\x08\0\0\0\x01\0\x12\x01\x02\0\x01\0\0\0\x06\0\0\0",  # orientation as text
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_it_shows_a_picture_with_broken_exif_as_it_is(kind: str, tiff: bytes) -> None:
    made = make_renditions(encode(quarters(), kind, exif=b"Exif\0\0" + tiff))
    assert near(at(pixels(made), 0.2, 0.2), RED, 16)
    assert pixels(made).size == (480, 320)


# --- Colour -------------------------------------------------------------------------------------------------


def p3_to_srgb(colour: tuple[int, ...], gamma: float) -> tuple[float, ...]:
    """What the profile says, calculated by hand: curve, primaries, sRGB's primaries at D50 inverted, sRGB's curve."""
    linear = [(c / 255) ** gamma for c in colour]
    xyz = [sum(c * primary[axis] for c, primary in zip(linear, pictures.DISPLAY_P3, strict=True)) for axis in range(3)]
    rows = ((3.1339, -1.6169, -0.4906), (-0.9788, 1.9161, 0.0335), (0.0719, -0.2290, 1.4052))
    light = [min(1.0, max(0.0, sum(a * b for a, b in zip(row, xyz, strict=True)))) for row in rows]
    return tuple(255 * (12.92 * v if v <= 0.0031308 else 1.055 * v ** (1 / 2.4) - 0.055) for v in light)


@pytest.mark.parametrize("colour", [(200, 100, 100), (90, 180, 90), (80, 80, 200), (128, 128, 128)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "HEIC"])
def test_it_converts_a_wide_gamut_to_srgb(kind: str, colour: tuple[int, ...]) -> None:
    flat = Image.new("RGB", (64, 64), colour)
    made = make_renditions(encode(flat, kind, icc_profile=pictures.rgb_profile(gamma=1.8), quality=95))
    expected = p3_to_srgb(colour, 1.8)
    assert not near(expected, colour, 6), "the profile has to matter"
    for suffix in ("webp", "jpg"):
        assert near(at(pixels(made, suffix), 0.5, 0.5), expected, 4)


def test_it_converts_transparent_pictures_too() -> None:
    flat = Image.new("RGBA", (64, 64), (200, 100, 100, 120))
    shown = pixels(make_renditions(encode(flat, "PNG", icc_profile=pictures.rgb_profile())), mode="RGBA")
    assert near(at(shown, 0.5, 0.5), (*p3_to_srgb((200, 100, 100), 2.2), 120), 4)


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_it_converts_grey_by_its_own_curve(mode: str) -> None:
    flat = Image.new("L", (64, 64), 128).convert(mode)
    made = make_renditions(encode(flat, "PNG", icc_profile=pictures.grey_profile(gamma=1.0)))
    assert near(at(pixels(made), 0.5, 0.5), (188, 188, 188), 3)  # half the light


def test_it_shows_cmyk_without_a_profile_by_its_inks() -> None:
    inks = Image.new("CMYK", (64, 64), (255, 0, 0, 0))
    data = encode(inks, "JPEG", quality=95)
    assert b"Adobe" in data, "such files hold inverted inks"
    assert near(at(pixels(make_renditions(data)), 0.5, 0.5), (0, 255, 255))


def test_it_shows_cmyk_by_its_profile() -> None:
    inks = Image.new("CMYK", (64, 64), (255, 0, 0, 0))
    shown = at(pixels(make_renditions(encode(inks, "JPEG", quality=95, icc_profile=pictures.cmyk_profile()))), 0.5, 0.5)
    assert max(shown) - min(shown) < 4
    assert 20 < shown[0] < 90


@pytest.mark.parametrize(
    "profile", [b"\0", b"not a profile" * 50, pictures.rgb_profile()[:200], pictures.cmyk_profile(), bytes(4_000_001)]
)
def test_it_ignores_a_profile_that_makes_no_sense(profile: bytes) -> None:
    made = make_renditions(encode(quarters(), "WEBP", icc_profile=profile))
    assert near(at(pixels(made), 0.2, 0.2), RED)


# --- Pixels of every kind -----------------------------------------------------------------------------------


def test_it_scales_16_bit_grey_instead_of_clipping() -> None:
    row = b"".join(struct.pack(">H", round(x * 65535 / 499)) for x in range(500))
    shown = pixels(make_renditions(png((500, 40), depth=16, colour_type=0, row=row)))
    for x in (0.1, 0.25, 0.5, 0.75, 0.9):
        assert near(at(shown, x, 0.5), (255 * x,) * 3, 3)


def test_it_scales_16_bit_colour() -> None:
    row = struct.pack(">HHHH", 0xC800, 0x6400, 0x3200, 0x8000) * 300
    shown = pixels(make_renditions(png((300, 200), depth=16, colour_type=6, row=row)), mode="RGBA")
    assert near(at(shown, 0.5, 0.5), (200, 100, 50, 128), 4)


def test_it_accepts_a_transparent_colour_of_16_bits() -> None:
    row = struct.pack(">HHH", 0xC800, 0x6400, 0x3200) * 300
    key = png_chunk(b"tRNS", struct.pack(">HHH", 0xFFFF, 0xFFFF, 0xFFFF))
    made = make_renditions(png((300, 200), depth=16, colour_type=2, row=row, before=key))
    assert near(at(pixels(made), 0.5, 0.5), (200, 100, 50), 4)


@pytest.mark.parametrize("size", [(300, 200), (6000, 90)])
def test_it_keeps_the_transparency_of_a_palette(size: tuple[int, int]) -> None:
    palette = png_chunk(b"PLTE", bytes((*RED, *GREEN))) + png_chunk(b"tRNS", bytes((0, 255)))
    row = bytes(size[0] // 2) + b"\1" * (size[0] // 2)
    made = make_renditions(png(size, depth=8, colour_type=3, row=row, before=palette))
    shown = pixels(made, mode="RGBA")
    assert at(shown, 0.2, 0.5)[3] < 4
    assert near(at(shown, 0.8, 0.5), (*GREEN, 255))
    flat = pixels(made, "jpg")
    assert near(at(flat, 0.2, 0.5), (255, 255, 255))
    assert near(at(flat, 0.8, 0.5), GREEN)


def test_it_keeps_the_transparent_colour_of_rgb_and_grey() -> None:
    for colour_type, key, pixel in ((2, struct.pack(">HHH", *RED), bytes(RED)), (0, struct.pack(">H", 7), b"\7")):
        row = pixel * 100 + b"\x90" * (len(pixel) * 100)
        made = make_renditions(
            png((200, 80), depth=8, colour_type=colour_type, row=row, before=png_chunk(b"tRNS", key))
        )
        shown = pixels(made, mode="RGBA")
        assert at(shown, 0.2, 0.5)[3] < 4
        assert near(at(shown, 0.8, 0.5), (0x90, 0x90, 0x90, 255))


def test_it_keeps_grey_with_transparency() -> None:
    made = make_renditions(encode(Image.new("LA", (4000, 30), (90, 128)), "PNG"))
    assert near(at(pixels(made, mode="RGBA"), 0.5, 0.5), (90, 90, 90, 128))
    assert near(at(pixels(made, "jpg"), 0.5, 0.5), (172, 172, 172))


def test_it_leaves_no_fringe_of_the_colour_under_transparent_pixels() -> None:
    picture = Image.new("RGBA", (3000, 40), (0, 255, 0, 0))
    for x in range(0, 3000, 2):
        picture.paste((*RED, 255), (x, 0, x + 1, 40))
    shown = pixels(make_renditions(encode(picture, "PNG")), mode="RGBA")
    assert near(at(shown, 0.5, 0.5)[:3], RED, 12)


def test_it_smooths_black_and_white() -> None:
    lines = Image.new("1", (2560, 64))
    for x in range(0, 2560, 2):
        lines.paste(1, (x, 0, x + 1, 64))
    assert near(at(pixels(make_renditions(encode(lines, "PNG"))), 0.5, 0.5), (128, 128, 128), 12)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "AVIF"])
def test_it_shows_the_first_frame_of_an_animation(kind: str) -> None:
    frames = [quarters(), Image.new("RGB", (480, 320), BLUE), Image.new("RGB", (480, 320), GREEN)]
    made = make_renditions(encode(frames[0], kind, save_all=True, append_images=frames[1:], duration=50))
    shown = pixels(made)
    assert near(at(shown, 0.2, 0.2), RED, 16)
    assert near(at(shown, 0.8, 0.8), YELLOW, 16)


def test_it_reads_a_phones_file_of_several_pictures() -> None:
    data = encode(quarters(), "MPO", save_all=True, append_images=[Image.new("RGB", (480, 320), BLUE)])
    made = make_renditions(data)
    assert made.content_type == "image/jpeg"
    assert near(at(pixels(made), 0.2, 0.2), RED)


# --- What is no picture -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"<!doctype html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"%PDF-1.7\n",
        b"PK\x03\x04 a zip",
        b"BM a bitmap",
        b"II*\0 a TIFF",
        b"\0\0\0\x0cjXL \r\n\x87\n",
        b"GIF89",
        b"\xff\xd8",
        b"plain text",
        b"\0" * 1000,
    ],
)
def test_it_refuses_other_files(data: bytes) -> None:
    assert refuse(data) == thumbnails.UNREADABLE


def test_it_refuses_an_empty_file() -> None:
    assert refuse(b"") == thumbnails.EMPTY


@pytest.mark.parametrize(("kind", "megabytes"), [("JPEG", 25), ("PNG", 25), ("WEBP", 12), ("AVIF", 10), ("HEIC", 15)])
def test_it_refuses_a_file_of_too_many_bytes(kind: str, megabytes: int, tmp_path: Path) -> None:
    path = tmp_path / "large.jpg"
    path.write_bytes(encode(quarters(), kind))
    with path.open("r+b") as file:
        file.truncate(megabytes * 1_000_000 + 1)
    with pytest.raises(Unusable, match=f"{kind} may have at most {megabytes} MB"):
        make_renditions(path)


@pytest.mark.parametrize(
    "magic",
    [
        b"\xff\xd8\xff\xe0",
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
        b"RIFF\x40\0\0\0WEBPVP8 ",
        b"\0\0\0\x14ftypavif\0\0\0\0mif1",
        b"\0\0\0\x14ftypheic\0\0\0\0mif1",
    ],
)
def test_it_refuses_a_disguise(magic: bytes) -> None:
    assert refuse(magic + b"<script>alert(1)</script>" * 9) == thumbnails.DAMAGED


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_it_refuses_a_truncated_picture(kind: str, part: float) -> None:
    data = encode(photo((300, 200)), kind)
    assert refuse(data[: int(len(data) * part)]) == thumbnails.DAMAGED


def test_it_carries_nothing_hidden_over_into_a_rendition() -> None:
    script = b"<script>alert(1)</script>"
    picture = pictures.insert_segments(encode(quarters(), "JPEG"), pictures.jpeg_segment(0xFE, script)) + script
    made = make_renditions(picture)
    assert not any(script in rendition.data for rendition in made.renditions)


# --- Bombs --------------------------------------------------------------------------------------------------


def test_it_refuses_a_small_file_of_many_pixels() -> None:
    bomb = png((13_000, 13_700), depth=8, colour_type=0, row=bytes(13_000))
    assert len(bomb) < 1_000_000
    assert "too large: 13000 by 13700 pixels" in refuse(bomb)


@pytest.mark.parametrize(("kind", "field"), [("GIF", slice(6, 10)), ("PNG", slice(16, 24))])
def test_it_refuses_absurd_sizes(kind: str, field: slice) -> None:
    data = bytearray(encode(quarters(), kind))
    data[field] = b"\x7f" * (field.stop - field.start)
    if kind == "PNG":
        data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    assert "too large" in refuse(bytes(data))


def set_jpeg_size(data: bytes, size: tuple[int, int]) -> bytes:
    frame = next(i for i in (data.find(b"\xff\xc0"), data.find(b"\xff\xc2")) if i > 0)
    return data[: frame + 5] + struct.pack(">HH", *reversed(size)) + data[frame + 9 :]


def test_it_refuses_jpegs_that_would_hold_too_many_coefficients() -> None:
    full = {"subsampling": 0}
    progressive = encode(quarters(), "JPEG", progressive=True, **full)
    separate = pictures.separate_components(encode(quarters(), "JPEG", **full))
    for data in (progressive, separate):
        assert "too large for a progressive JPEG" in refuse(set_jpeg_size(data, (8160, 6120)))
        attempt(set_jpeg_size(data, (5000, 5000)))
    assert pixels(make_renditions(set_jpeg_size(separate, (480, 320)))).size == (480, 320)
    assert "too large:" in refuse(set_jpeg_size(encode(quarters(), "JPEG"), (65_000, 65_000)))


def hide_text(size: int) -> bytes:
    """A PNG text that unpacks to `size` characters."""
    return png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"x" * size))


GREY_ROW = bytes(300)


def many_chunks() -> bytes:
    return png((300, 200), depth=8, colour_type=0, row=GREY_ROW, before=png_chunk(b"prVt", b"") * 1_000_000)


def tiny_data_blocks() -> bytes:
    noise = photo((1200, 1000)).convert("L").tobytes()
    packed = zlib.compress(b"".join(b"\0" + noise[i : i + 1200] for i in range(0, len(noise), 1200)))
    whole = png((1200, 1000), depth=8, colour_type=0, row=b"")
    data = b"".join(png_chunk(b"IDAT", packed[i : i + 1]) for i in range(len(packed)))
    return whole[:33] + data + png_chunk(b"IEND", b"")


def many_segments() -> bytes:
    return pictures.insert_segments(encode(quarters(), "JPEG"), pictures.jpeg_segment(0xFE, b"") * 6_000_000)


def much_exif() -> bytes:
    part = pictures.jpeg_segment(0xE1, b"Exif\0\0" + bytes(65_000))
    return pictures.insert_segments(encode(quarters(), "JPEG"), part * 300)


def many_comments() -> bytes:
    data = encode(Image.new("L", (60, 40), 9), "GIF")
    start = data.index(b",", 13)
    return data[:start] + b"!\xfe" + (b"\xff" + bytes(255)) * 90_000 + b"\0" + data[start:]


def many_scans() -> bytes:
    return pictures.repeat_last_scan(encode(Image.new("RGB", (5000, 4000), RED), "JPEG", progressive=True), 2_000)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (many_chunks, "carries too much"),
        (tiny_data_blocks, "too much work"),
        (many_segments, "carries too much"),
        (much_exif, "carries too much"),
        (many_comments, "carries too much"),
        (many_scans, "too much work"),
        (lambda: png((300, 200), depth=8, colour_type=0, row=GREY_ROW, before=hide_text(50_000_000)), "damaged"),
        (lambda: png((300, 200), depth=8, colour_type=0, row=GREY_ROW, before=hide_text(1_000_000) * 9), "damaged"),
    ],
)
def test_it_refuses_what_would_take_long(make: Callable[[], bytes], reason: str) -> None:
    data = make()
    assert len(data) <= thumbnails.MAX_FILE_BYTES
    started = time.process_time()
    assert reason in refuse(data)
    assert time.process_time() - started < 1


# --- Memory -------------------------------------------------------------------------------------------------

# VmHWM, unlike ru_maxrss, starts afresh with the program: a large test process doesn't show in it.
MEASURE = """
import resource, sys
from media.thumbnails import Unusable, make_renditions
def peak(): return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
before = peak()
try:
    made = make_renditions(sys.argv[1])
    result = f"{made.width}x{made.height}"
except Unusable as refused:
    result = refused.reason
child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print((peak() - before + child) / 1024, result)
"""


def measure(data: bytes, folder: Path) -> tuple[float, str]:
    """MiB that drawing adds to a process, its children included, and what came of it."""
    path = folder / "picture"
    path.write_bytes(data)
    shown = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    peak, _, result = shown.stdout.strip().partition(" ")
    return float(peak), result


def blown_up(size: tuple[int, int]) -> Image.Image:
    return photo((size[0] // 8, size[1] // 8)).resize(size, Image.Resampling.BILINEAR)


def transparent(size: tuple[int, int]) -> Image.Image:
    picture = blown_up(size)
    picture.putalpha(Image.linear_gradient("L").resize(size, Image.Resampling.NEAREST))
    return picture


def fill_webp(data: bytes) -> bytes:
    """The same picture in the largest file allowed, by a chunk of no meaning."""
    size = (thumbnails.MAX_BYTES["WEBP"] - len(data) - 8) & ~1
    data += struct.pack("<4sI", b"JUNK", size) + bytes(size)
    return data[:4] + struct.pack("<I", len(data) - 8) + data[8:]


def fill(data: bytes, kind: str) -> bytes:
    """The same picture in the largest file allowed, by a box of no meaning."""
    size = thumbnails.MAX_BYTES[kind] - len(data)
    return data + struct.pack(">I4s", size, b"free") + bytes(size - 8)


FAST = {"preset": "ultrafast"}  # the encoder's: what the decoder needs goes by the size alone
AT_THE_CAPS: dict[str, Callable[[], bytes]] = {
    "baseline JPEG of 50 megapixels": lambda: encode(blown_up((8160, 6120)), "JPEG"),
    "baseline JPEG at the cap": lambda: encode(Image.new("L", (11_000, 10_000), 128), "JPEG"),
    "progressive JPEG, half resolution colour": lambda: encode(blown_up((8160, 6120)), "JPEG", progressive=True),
    "progressive JPEG, full colour": lambda: encode(blown_up((5_000, 5_000)), "JPEG", progressive=True, subsampling=0),
    "progressive JPEG, CMYK": lambda: encode(blown_up((4_300, 4_300)).convert("CMYK"), "JPEG", progressive=True),
    "progressive JPEG with much metadata": lambda: pictures.insert_segments(
        encode(Image.new("RGB", (5_000, 5_000), RED), "JPEG", progressive=True, subsampling=0),
        pictures.jpeg_segment(0xE1, b"Exif\0\0" + bytes(65_000)) * 120,
    ),
    "PNG, RGBA": lambda: png((8192, 4096), depth=8, colour_type=6, row=bytes(range(256)) * 128),
    "PNG, RGBA of 16 bits": lambda: png((8192, 4096), depth=16, colour_type=6, row=bytes(range(256)) * 256),
    "PNG, wide": lambda: png((65_535, 512), depth=8, colour_type=6, row=bytes(4) * 65_535),
    "PNG, resampled whole": lambda: png((3_800, 3_800), depth=8, colour_type=6, row=bytes(range(200)) * 76),
    "PNG, palette with transparency": lambda: png(
        (8192, 4096), depth=8, colour_type=3, row=bytes(range(256)) * 32,
        before=png_chunk(b"PLTE", bytes(range(256)) * 3) + png_chunk(b"tRNS", bytes(range(256))),
    ),
    "PNG with much text": lambda: png(
        (8192, 4096), depth=8, colour_type=6, row=bytes(32_768),
        before=png_chunk(b"iTXt", b"Comment\0\0\0\0\0" + "\U0001f389".encode() + b"x" * 3_900_000),
    ),
    "PNG with much text behind the pixels": lambda: png((8192, 4096), depth=8, colour_type=6, row=bytes(32_768))[:-12]
    + png_chunk(b"iTXt", b"Comment\0\0\0\0\0" + "\U0001f389".encode() + b"x" * 24_000_000)
    + png_chunk(b"IEND", b""),
    "GIF": lambda: encode(blown_up((8192, 4096)).convert("L"), "GIF"),
    "WebP, transparent": lambda: fill_webp(encode(transparent((3490, 3490)), "WEBP", method=1)),
    "WebP, lossless": lambda: fill_webp(encode(transparent((3490, 3490)), "WEBP", lossless=True, method=1, quality=20)),
    "AVIF, full colour, transparent": lambda: fill(
        encode(transparent((3440, 2580)), "AVIF", speed=10, subsampling="4:4:4"), "AVIF"
    ),
    "HEIC of an iPhone": lambda: fill(encode(Image.new("RGB", (5712, 4284), RED), "HEIC", enc_params=FAST), "HEIC"),
}  # fmt: skip


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is measured as Linux counts it")
@pytest.mark.parametrize(
    "name",
    [
        name if number % 4 == 0 else pytest.param(name, marks=pytest.mark.prove)
        for number, name in enumerate(AT_THE_CAPS)
    ],
)
def test_it_needs_little_memory_at_every_cap(name: str, tmp_path: Path) -> None:
    peak, result = measure(AT_THE_CAPS[name](), tmp_path)
    assert "x" in result.split(" ")[0], result
    assert peak < thumbnails.MAX_PEAK_BYTES / 2**20


def lying_heic(true_size: tuple[int, int], size: tuple[int, int]) -> bytes:
    """A small file that says `size` and holds a transparent picture of `true_size`."""
    data = encode(Image.new("RGBA", true_size, (*RED, 100)), "HEIC", enc_params=FAST)
    return data.replace(struct.pack(">4sIII", b"ispe", 0, *true_size), struct.pack(">4sIII", b"ispe", 0, *size))


def disposing_gif() -> bytes:
    """A frame of 178 megapixels, to be cleared afterwards: what clears it is made as soon as the header is read."""
    data = encode(Image.new("L", (60, 40)), "GIF", disposal=2)
    size = struct.pack("<HH", 13_000, 13_700)
    frame = data.index(b",\0\0\0\0")
    return data[:6] + size + data[10 : frame + 5] + size + data[frame + 9 :]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is measured as Linux counts it")
@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: pictures.lying_avif((8000, 7000), (64, 64)), thumbnails.DAMAGED),
        (lambda: lying_heic((5000, 5000), (64, 64)), thumbnails.TOO_COSTLY),
        (disposing_gif, "The picture is too large: 13000 by 13700"),
    ],
)
def test_it_needs_little_memory_to_refuse_a_bomb(make: Callable[[], bytes], reason: str, tmp_path: Path) -> None:
    peak, result = measure(make(), tmp_path)
    assert result.startswith(reason)
    assert peak < thumbnails.MAX_PEAK_BYTES / 2**20


# --- Any bytes ----------------------------------------------------------------------------------------------

SMALL = photo((90, 60))
VALID = {
    "JPEG": encode(SMALL, "JPEG", exif=pictures.exif(6), icc_profile=pictures.rgb_profile()),
    "progressive": encode(SMALL, "JPEG", progressive=True),
    "PNG": encode(SMALL.quantize(16), "PNG", exif=pictures.exif(3), icc_profile=pictures.rgb_profile()),
    "APNG": encode(SMALL, "PNG", save_all=True, append_images=[quarters((90, 60))]),
    "GIF": encode(SMALL, "GIF", save_all=True, append_images=[quarters((90, 60))]),
    "WEBP": encode(SMALL, "WEBP", exif=pictures.exif(8), icc_profile=pictures.rgb_profile()),
    "lossless": encode(transparent((96, 64)), "WEBP", lossless=True),
}


def attempt(data: bytes) -> Pictures | Unusable:
    """Draw `data`; any other exception than Unusable is a failure."""
    try:
        made = make_renditions(data)
    except Unusable as refused:
        return refused
    assert len(made.renditions) == 6
    assert max(made.renditions[0].width, made.renditions[0].height) <= 1280
    return made


def mutate(data: bytes, changes: list[tuple[float, int]], cut: float) -> bytes:
    changed = bytearray(data)
    for place, value in changes:
        changed[int(place * (len(data) - 1))] = value
    return bytes(changed[: max(16, math.ceil(cut * len(data)))])


places = st.floats(0, 1) | st.floats(0, 0.1)  # headers are where decoders go wrong
mutations = st.lists(st.tuples(places, st.integers(0, 255)), max_size=12)
cuts = st.just(1.0) | st.floats(0.05, 1)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=st.sampled_from(sorted(VALID)), changes=mutations, cut=cuts)
def test_it_draws_or_refuses_any_mutation(name: str, changes: list[tuple[float, int]], cut: float) -> None:
    attempt(mutate(VALID[name], changes, cut))


@settings(max_examples=15, deadline=None)
@given(changes=mutations, cut=cuts)
def test_it_draws_or_refuses_any_mutation_of_an_avif(changes: list[tuple[float, int]], cut: float) -> None:
    attempt(mutate(AVIF, changes, cut))


AVIF = encode(SMALL, "AVIF", exif=pictures.exif(6))


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF1234WEBPVP8L"]),
    st.binary(max_size=400),
)
def test_it_refuses_noise(magic: bytes, noise: bytes) -> None:
    attempt(magic + noise)
