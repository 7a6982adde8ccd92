"""The product as it is packed for Lambda, unpacked again to be started."""

import hashlib
import sys
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from infra.deploy import static_files
from infra.deploy.package import BUILD_DIR, Platform, build


@dataclass(frozen=True)
class Unpacked:
    """A package's folder, and the size of its zip file."""

    folder: Path
    megabytes: float


@cache
def package(services: tuple[str, ...]) -> Unpacked:
    """The package of these services for this Python."""
    made = build(services, Platform(sys.version_info[:2]), static_manifest=static_files.collect())
    folder = BUILD_DIR / "bench" / hashlib.sha256(made.path.name.encode()).hexdigest()[:12]
    if not folder.is_dir():
        with zipfile.ZipFile(made.path) as archive:
            archive.extractall(folder)
        # The bench beside it, as the product's Python is to find nothing else.
        (folder / "benchmarks").symlink_to(Path(__file__).parent)
    return Unpacked(folder, made.size / 1e6)
