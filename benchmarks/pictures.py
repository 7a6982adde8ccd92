"""Three thumbnails of a photo of 12 megapixels, beside sharp's: time, memory, bytes and likeness.

Both write WebP of quality 80 and libwebp's method 4, by the same bicubic kernel; CPU is that of all threads.
"""

import io
import json
import math
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image, ImageChops, ImageStat

from benchmarks.memory import peak
from benchmarks.workers import PROJECT_DIR, Worker, start
from tests.pictures import encode, photo

SHARP = "0.35.5"
SHARP_DIR = PROJECT_DIR / "build" / "tools" / "sharp"
SIZES = (1280, 640, 320)
WAYS = {
    "sharp, each": f"sharp {SHARP}, each size from the file",
    "sharp, cascade": f"sharp {SHARP}, each size from the one above",
    "webp": "this project, WebP alone",
    "all": "this project, WebP and JPEG",
}


def compared(rounds: int) -> list[list[str]]:
    """A row for each way; the first is what the others are measured by."""
    ways = [way for way in WAYS if has_sharp() or not way.startswith("sharp")]
    with tempfile.TemporaryDirectory() as folder:
        original = photo((4000, 3000))
        file = Path(folder, "photo.jpg")
        file.write_bytes(encode(original, "JPEG", quality=90))
        best = [original.resize((size, size * 3 // 4), Image.Resampling.LANCZOS) for size in SIZES]
        return list(rows(measured(ways, file, rounds), best))


@dataclass(frozen=True)
class Drawn:
    """What a way took: microseconds of CPU, MiB above a bare process of its kind; and its WebP files by size."""

    microseconds: float
    peak: float
    files: list[bytes]


def rows(drawn: dict[str, Drawn], best: list[Image.Image]) -> Iterator[list[str]]:
    """The table; likeness is to the whole picture resized at its best."""
    yield ["", "ms of CPU", "peak MiB", "bytes at 1280 / 640 / 320", "PSNR, dB"]
    base = next(iter(drawn.values())).microseconds
    for way, each in drawn.items():
        likeness = (psnr(made, picture) for made, picture in zip(each.files, best, strict=True))
        yield [
            WAYS[way],
            f"{each.microseconds / 1000:.0f} · {each.microseconds / base:.2f}",
            f"{each.peak:.0f}",
            " / ".join(f"{len(made):,}" for made in each.files),
            " / ".join(f"{decibels:.1f}" for decibels in likeness),
        ]


def psnr(made: bytes, expected: Image.Image) -> float:
    """How near a file is to a picture, in decibels."""
    difference = ImageChops.difference(Image.open(io.BytesIO(made)).convert("RGB"), expected)
    return 10 * math.log10(255**2 / (sum(each**2 for each in ImageStat.Stat(difference).rms) / 3))


def measured(ways: list[str], file: Path, rounds: int) -> dict[str, Drawn]:
    """Have each way draw in a process of its own, in turn."""
    with ExitStack() as block:
        workers = {way: started(way, file, file.parent / way, block) for way in ways}
        for _ in range(rounds):
            for worker in workers.values():
                worker.ask("photo", 1)
        return {
            way: Drawn(
                worker.median("photo"),
                peak(worker.process.pid) - worker.facts["bare"],
                [(file.parent / way / f"{size}.webp").read_bytes() for size in SIZES],
            )
            for way, worker in workers.items()
        }


def started(way: str, file: Path, folder: Path, block: ExitStack) -> Worker:
    """A process that has drawn once; it ends with the block."""
    folder.mkdir()
    kind, _, detail = way.partition(", ")
    program = ["node", str(Path(__file__).with_name("drawing.js")), detail]
    if kind != "sharp":
        program = [sys.executable, "-m", "benchmarks.drawing", way]
    worker = start([*program, str(file), str(folder)], block, NODE_PATH=str(SHARP_DIR / "node_modules"))
    worker.facts = worker.hear()
    return worker


@cache
def has_sharp() -> bool:
    """Whether sharp is here; it is installed if it can be, else that is said."""
    if not (shutil.which("node") and shutil.which("npm")):
        print("Without sharp: there is no node here.")
        return False
    held = SHARP_DIR / "node_modules" / "sharp" / "package.json"
    if held.is_file() and json.loads(held.read_text())["version"] == SHARP:
        return True
    SHARP_DIR.mkdir(parents=True, exist_ok=True)
    command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(SHARP_DIR), f"sharp@{SHARP}"]
    if subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode:
        print("Without sharp: npm could not install it.")
        return False
    return True
