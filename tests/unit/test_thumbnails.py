"""The renditions of every kind of picture. What is refused, and what it may take: test_thumbnails_limits.py."""

import io
import itertools
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat, PngImagePlugin

from media.thumbnails import SIZES, Pictures, Rendition
from tests import pictures
from tests.pictures import BLUE, GREEN, RED, YELLOW, encode, make_renditions, photo, png, png_chunk, quarters

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
def test_it_draws_as_well_as_a_plain_resize_of_the_whole_picture(size: tuple[int, int]) -> None:
    original = photo(size)
    files = encode(original, "JPEG", quality=95), encode(original, "PNG", compress_level=0)
    for rendition in (each for file in files for each in make_renditions(file).renditions):
        shown = decode(rendition)
        expected = original.resize(shown.size, Image.Resampling.LANCZOS)
        plain = Image.open(io.BytesIO(encode(expected, str(shown.format), quality=80)))
        assert difference(shown, expected) < 1.2 * difference(plain, expected) + 0.5


def difference(one: Image.Image, other: Image.Image) -> float:
    """Root of the mean square difference of two pictures, in levels of 255."""
    return max(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other)).rms)


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


@pytest.mark.parametrize("size", [(480, 320), (2000, 200), (4000, 200)])
@pytest.mark.parametrize("mode", ["L", "LA", "RGBA"])
def test_it_draws_grey_and_transparent_heic(mode: str, size: tuple[int, int]) -> None:
    picture = Image.linear_gradient("L").resize(size).convert(mode)
    if mode != "L":
        picture.putalpha(Image.linear_gradient("L").transpose(Image.Transpose.ROTATE_90).resize(size))
    shown = pixels(make_renditions(encode(picture, "HEIC", quality=90)), mode="RGBA")
    for across, down in itertools.product((0.2, 0.8), repeat=2):
        assert near(at(shown, across, down), at(picture.convert("RGBA"), across, down), 8)


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
