"""What is no picture, what would take too long or too much memory, and any bytes at all: refused, or drawn."""

import math
import os
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
from PIL import Image

from media import thumbnails
from media.thumbnails import Pictures, Unusable
from tests import pictures
from tests.measuring import unmeasured
from tests.pictures import RED, encode, make_renditions, photo, png, png_chunk, quarters
from tests.unit.test_thumbnails import FORMATS, pixels

ROOT = Path(__file__).parents[2]


def refuse(source: bytes) -> str:
    with pytest.raises(Unusable) as refused:
        make_renditions(source)
    assert str(refused.value).endswith(".")
    return str(refused.value)


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
    made = make_renditions(open(sys.argv[1], "rb"))
    result = f"{made.width}x{made.height}"
except Unusable as refused:
    result = str(refused)
child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print((peak() - before + child) / 1024, result)
"""


def measure(data: bytes, folder: Path) -> tuple[float, str]:
    """MiB that drawing adds to a process, its children included, and what came of it."""
    path = folder / "picture"
    path.write_bytes(data)
    shown = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)],
        cwd=ROOT, env=unmeasured(os.environ), capture_output=True, text=True, check=True,
    )  # fmt: skip
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
        encode(transparent((3440, 2580)), "AVIF", subsampling="4:4:4"), "AVIF"
    ),
    "HEIC of an iPhone": lambda: fill(encode(Image.new("RGB", (5712, 4284), RED), "HEIC"), "HEIC"),
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
    data = encode(Image.new("RGBA", true_size, (*RED, 100)), "HEIC")
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
