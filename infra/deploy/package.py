"""The package a Lambda function runs: what the stage's services import, and nothing else.

Zappa packs the virtual environment it runs in, tests and deployment tools included, with bytecode that Lambda must
discard. This builds the same from requirements.txt for the runtime, keeps what the services need, and compiles it so
that no import has to compare dates.
"""

import base64
import hashlib
import importlib.metadata
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
import zipfile
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from config.services import NAMES, SERVICES, SHARED, named, workers
from infra.deploy.deployment import DeployError, Deployment, say

PROJECT_DIR = Path(__file__).resolve().parents[2]
BUILD_DIR = PROJECT_DIR / "build"
KEPT_SECONDS = 7 * 24 * 60 * 60
TARGET_BYTES = 20_000_000
LAMBDA_ZIPPED_BYTES = 50_000_000  # a request that carries the code
LAMBDA_UNZIPPED_BYTES = 250 * 1024 * 1024

# Requirements only some services import. A test runs each service's package with nothing else installed.
OPTIONAL = frozenset().union(
    *(each.requirements for each in SERVICES), *(each.requirements for each in workers().values())
)
_RULES = Path(__file__).with_suffix(".toml")
_LISTS: dict[str, list[str]] = tomllib.loads(_RULES.read_text())
SHARED_AWS = set(_LISTS["shared_aws"])
_AL2023_GLIBC = 34  # what Lambda's runtimes from python3.12 on have; those before it have 2.26, too old for Pillow 13


@dataclass(frozen=True)
class Platform:
    """What the package will run on. Without an architecture: this very Python, as the embedded AWS uses it."""

    python: tuple[int, int]
    architecture: str = ""

    @property
    def pip_options(self) -> list[str]:
        """What makes pip choose wheels for it."""
        if not self.architecture:
            return []
        machine = {"x86_64": "x86_64", "arm64": "aarch64"}[self.architecture]
        tags = [f"manylinux_2_{minor}_{machine}" for minor in range(_AL2023_GLIBC, 16, -1)]
        platforms = [option for tag in [*tags, f"manylinux2014_{machine}"] for option in ("--platform", tag)]
        # http-ece is Python alone and has no wheel; pip makes one.
        wheels = ["--only-binary=:all:", "--no-binary=http-ece"]
        return [*platforms, "--python-version", ".".join(map(str, self.python)), *wheels]


@dataclass(frozen=True)
class Package:
    """A finished zip file."""

    path: Path

    @property
    def size(self) -> int:
        """Bytes, zipped."""
        return self.path.stat().st_size

    @cached_property
    def files(self) -> list[zipfile.ZipInfo]:
        """What it holds."""
        with zipfile.ZipFile(self.path) as archive:
            return archive.infolist()

    @property
    def unzipped(self) -> int:
        """Bytes of its files."""
        return sum(each.file_size for each in self.files)

    @property
    def parts(self) -> Counter[str]:
        """How many of the zipped bytes each part takes."""
        parts: Counter[str] = Counter()
        for each in self.files:
            parts[part_of(each.filename)] += each.compress_size
        return parts

    def table(self) -> str:
        """What it holds, the largest first, in MB of 1,000,000 bytes."""
        parts = self.parts
        largest = [(name, size) for name, size in parts.most_common() if size >= 100_000]
        rest = sum(parts.values()) - sum(size for _, size in largest)
        rows = [f"  {name:<24}{size / 1e6:6.2f}" for name, size in [*largest, ("the rest", rest)]]
        total = f"  {'zipped':<24}{self.size / 1e6:6.2f} MB of at most {TARGET_BYTES / 1e6:.0f}"
        return "\n".join([*rows, total, f"  {'unzipped':<24}{self.unzipped / 1e6:6.2f} MB"])


def target_of(deployment: Deployment) -> Platform:
    """What the stage's package runs on. Raises DeployError when this Python can't compile bytecode for it."""
    here = sys.version_info[:2]
    if deployment.embedded:
        return Platform(here)
    runtime: str = deployment.settings["runtime"]
    major, minor = map(int, runtime.removeprefix("python").split("."))
    if (major, minor) != here:
        raise DeployError(
            f"The stage runs {runtime} and this is Python {here[0]}.{here[1]}, which can't compile bytecode for it: "
            f"make the virtual environment anew with `make clean` and PYTHON={runtime}."
        )
    return Platform(here, deployment.settings.get("architecture", "x86_64"))


def build(
    services: Collection[str], target: Platform, *, static_manifest: Path | None = None, for_workers: bool = False
) -> Package:
    """The zip file for the function that answers requests, or the services' workers; an equal one is not made twice.

    Workers that take exports get the code of the services that declare some.

    Raises DeployError when Lambda would refuse it.
    """
    libraries = install(target)
    takes_exports = for_workers and any(worker.takes_exports for worker in workers(named(services)).values())
    along = [each.name for each in SERVICES if takes_exports and each.exports and each.name not in services]
    sources = project_files([*services, *along], static_manifest)
    chosen = [*services, *(["workers"] if for_workers else [])]
    digest = fingerprint(f"{libraries.name}{sorted(chosen)}", {**sources, "packed-by": Path(__file__), "rules": _RULES})
    path = BUILD_DIR / f"package-{digest}.zip"
    if not path.is_file():
        with tempfile.TemporaryDirectory(dir=BUILD_DIR) as folder:
            project = Path(folder)
            for name, source in sources.items():
                (project / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, project / name)
            compile_folder(project)
            entries = dict(library_files(libraries, services, along=along, for_workers=for_workers))
            entries.update((file.relative_to(project).as_posix(), file) for file in files_in(project))
            part = project / path.name
            write_zip(entries, part)
            refuse_too_large(Package(part))
            part.replace(path)
    forget_former(path, "package-*.zip")
    return Package(path)


def refuse_too_large(package: Package) -> None:
    """Raise DeployError when Lambda would refuse it, and remove it."""
    if package.size > LAMBDA_ZIPPED_BYTES or package.unzipped > LAMBDA_UNZIPPED_BYTES:
        held = package.table()
        package.path.unlink()
        raise DeployError(f"The package is larger than Lambda takes:\n{held}")


def forget_former(used: Path, pattern: str) -> None:
    """Of what build/ has by this pattern, remove what nobody has used for a week."""
    used.touch()
    for path in BUILD_DIR.glob(pattern):
        with suppress(FileNotFoundError):  # another process was faster
            if path.stat().st_mtime < time.time() - KEPT_SECONDS:
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def install(target: Platform) -> Path:
    """The folder with everything of requirements.txt for the target, compiled; kept until one of them changes.

    Raises DeployError.
    """
    requirements = PROJECT_DIR / "requirements.txt"
    key = hashlib.sha256(f"{target}{requirements.read_text()}{sys.version}".encode()).hexdigest()[:12]
    folder = BUILD_DIR / f"libraries-{key}"
    if folder.is_dir():
        forget_former(folder, "libraries-*")
        return folder
    say("installing what requirements.txt pins for the package")
    BUILD_DIR.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD_DIR) as made:  # gone if this breaks off, as on a full disk
        part = Path(made) / "libraries"
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--no-compile", "--target", str(part), *target.pip_options, "-r", str(requirements)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command line
        if done.returncode:
            raise DeployError(f"pip could not install the package's libraries: {done.stderr.strip()}")
        compile_folder(part)
        with suppress(OSError):  # another process was faster
            part.rename(folder)
    return folder


def compile_folder(folder: Path) -> None:
    """Write bytecode that is loaded without a look at the source's date, which a zip file does not keep.

    Lambda's file system is read-only: bytecode it takes for stale would be compiled again at every cold start.
    """
    command = [sys.executable, "-m", "compileall", "-q", "-f", "-j", "0", "--invalidation-mode", "unchecked-hash"]
    subprocess.run([*command, "-s", str(folder), "-p", "/var/task", str(folder)], check=True)  # noqa: S603


def project_files(services: Collection[str], static_manifest: Path | None) -> dict[str, Path]:
    """The project's own code for these services and the list of static files: where each is, by its packed name."""
    found = {
        path.relative_to(PROJECT_DIR).as_posix(): path
        for name in (*SHARED, *services)
        for path in files_in(PROJECT_DIR / name)
        if set(_LISTS["not_packed"]).isdisjoint(path.relative_to(PROJECT_DIR).parts)
        and path.suffix not in {".pyc", ".md"}
    }
    # Of the others, their declarations: what a group may do is the same in every function.
    for name in set(NAMES) - set(services):
        found |= {f"{name}/{file}": PROJECT_DIR / name / file for file in ("__init__.py", "service.py")}
    if static_manifest:
        found[static_manifest.name] = static_manifest
    return found


def fingerprint(what: str, files: dict[str, Path]) -> str:
    """What tells this with these files by their names from all else."""
    digest = hashlib.sha256(what.encode())
    for name in sorted(files):
        digest.update(name.encode() + b"\0" + hashlib.sha256(files[name].read_bytes()).digest())
    return digest.hexdigest()[:16]


def library_files(
    folder: Path, services: Collection[str], *, along: Collection[str] = (), for_workers: bool = False
) -> Iterator[tuple[str, Path]]:
    """Each file of the libraries these services need, and what requests to those `along` do: its name, where it is."""
    declared = named(services)
    # Of botocore's descriptions of a service of AWS the newest, which boto3 takes.
    called = SHARED_AWS.union(*(service.aws for service in declared))
    newest = {max((folder / "botocore/data" / name).iterdir()) for name in called}
    descriptions = {path.relative_to(folder).as_posix() for path in newest}
    needed = [service.requirements for service in named([*services, *along])]
    if for_workers:
        needed += [worker.requirements for worker in workers(declared).values()]
    left_out = set(_LISTS["never"]) | OPTIONAL.difference(*needed)
    for library, source, name in owned_files(folder):
        if library not in left_out and not is_left_out(source, descriptions):
            yield name, folder / name


@cache
def owned_files(folder: Path) -> list[tuple[str, str, str]]:
    """Of each file in a folder of libraries, which pip fills once: whose it is, and the source it is compiled from."""
    owners: dict[str, str] = {}
    for distribution in importlib.metadata.distributions(path=[str(folder)]):
        name = distribution.name.lower().replace("_", "-")  # which is read anew each time it is asked for
        owners |= dict.fromkeys(map(str, distribution.files or ()), name)
    found = []
    for file in files_in(folder):
        name = source = file.relative_to(folder).as_posix()
        if file.suffix == ".pyc":
            module = PurePosixPath(name)
            source = str(module.parent.parent / f"{module.name.split('.')[0]}.py")
        if source in owners:
            found.append((owners[source], source, name))
    return found


def is_left_out(name: str, descriptions: Collection[str]) -> bool:
    """Whether a library's file is nothing that services with these descriptions of AWS need at run time."""
    path = PurePosixPath(name)
    if (
        path.parts[0] == "bin"
        or path.suffix in _LISTS["left_out_endings"]
        or name.startswith(tuple(_LISTS["left_out_paths"]))
    ):
        return True
    if path.parts[:2] == ("pygments", "lexers"):
        return path.stem not in _LISTS["lexers"]
    if path.parts[0].endswith(".dist-info"):
        return path.name not in {"METADATA", "LICENSE", "entry_points.txt"}
    if path.parts[:2] == ("botocore", "data") and len(path.parts) > 3:
        return "/".join(path.parts[:4]) not in descriptions
    if path.parts[:2] == ("boto3", "data") and len(path.parts) > 3:
        return path.parts[2] != "s3"
    if path.parts[:3] == ("django", "conf", "locale") and len(path.parts) > 4:
        return path.parts[3] != "en"
    return not set(_LISTS["left_out_folders"]).isdisjoint(path.parts[1:-1])


def files_in(folder: Path) -> Iterator[Path]:
    """Every file below the folder, always in the same order."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def code_sha256(path: str) -> str:
    """By which hash Lambda knows a zip file as its code; empty for one that lies in S3 already."""
    if path.startswith("s3://"):
        return ""
    return base64.b64encode(hashlib.sha256(Path(path).read_bytes()).digest()).decode()


def write_zip(entries: dict[str, Path], path: Path | BinaryIO) -> None:
    """Zip without dates, so that the same code has the same hash."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(entries):
            info = zipfile.ZipInfo(name)
            info.external_attr = 0o644 << 16  # Lambda runs as another user than the one who packs
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, entries[name].read_bytes(), compresslevel=6)


def part_of(name: str) -> str:
    """The row of the table a file belongs to."""
    top = name.partition("/")[0]
    project = {*SHARED, *NAMES, "staticfiles.json"}
    return "the project" if top in project else top.partition("-")[0].removesuffix(".libs")
