"""Static files on their way to S3: hashed, for a year, and there before the code that names them."""

import json
import mimetypes
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from infra.deploy.deployment import DeployError
from infra.deploy.package import BUILD_DIR, PROJECT_DIR, files_in, fingerprint, forget_former

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PREFIX = "static/"
CACHE_CONTROL = "public, max-age=31536000, immutable"
MANIFEST = "staticfiles.json"
_AT_ONCE = 16
# What a browser must be told, where the operator's machine may not know it.
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".woff2": "font/woff2", ".map": "application/json",
          ".webmanifest": "application/manifest+json", ".svg": "image/svg+xml", ".webp": "image/webp"}  # fmt: skip


def collect() -> Path:
    """Every app's static files under hashed names; the list of them, beside them. Kept until one of them changes.

    Raises DeployError.
    """
    folder = BUILD_DIR / f"static-{_fingerprint()}"
    if not folder.is_dir():
        BUILD_DIR.mkdir(exist_ok=True)
        part = Path(tempfile.mkdtemp(dir=BUILD_DIR))
        try:
            _collect(part)
            part.rename(folder)
        except OSError:  # another process was faster
            shutil.rmtree(part)
        except DeployError:
            shutil.rmtree(part)
            raise
    forget_former(folder, "static-*")
    return folder / MANIFEST


def _fingerprint() -> str:
    """What tells which files there are, and what is in them: the libraries installed, the settings, our own files."""
    libraries = sorted(each.name for each in Path(sysconfig.get_path("purelib")).glob("*.dist-info"))
    apps = [*PROJECT_DIR.glob("*/static"), *PROJECT_DIR.glob("*/*/static")]
    own = [PROJECT_DIR / "config", Path(__file__).parent, *apps]
    files = [file for folder in own for file in files_in(folder) if file.suffix != ".pyc"]
    return fingerprint(str(libraries), {file.relative_to(PROJECT_DIR).as_posix(): file for file in files})


def _collect(folder: Path) -> None:
    """Put them into the folder. Raises DeployError."""
    variables = {
        "DJANGO_SETTINGS_MODULE": "infra.deploy.collect_settings",
        "STATIC_ROOT": str(folder),
        # Nothing of AWS is needed; a laptop's own stage must not be found either.
        "STAGE": "local",
        "LOCAL_DIR": str(BUILD_DIR / "none"),
        "LOG_LEVEL": "WARNING",
        "PYTHONPATH": str(PROJECT_DIR),
    }
    command = [sys.executable, "-m", "django", "collectstatic", "--no-input", "--verbosity", "0"]
    done = subprocess.run(command, env=variables, cwd=PROJECT_DIR, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise DeployError(f"Static files could not be collected: {done.stderr.strip()[-1000:]}")


def upload(manifest: Path, s3: "S3Client", bucket: str) -> int:
    """Put what is not there yet into the bucket; how many that were. A hashed name never changes its content.

    Files of earlier versions stay: their pages may be open or cached.
    """
    hashed = set(json.loads(manifest.read_text())["paths"].values())
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=PREFIX)
    there = {found["Key"].removeprefix(PREFIX) for page in pages for found in page.get("Contents", [])}
    missing = sorted(hashed - there)

    def put(name: str) -> None:
        s3.put_object(
            Bucket=bucket,
            Key=PREFIX + name,
            Body=(manifest.parent / name).read_bytes(),
            ContentType=content_type(name),
            CacheControl=CACHE_CONTROL,
        )

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        for _ in threads.map(put, missing):
            pass
    return len(missing)


def content_type(name: str) -> str:
    """The media type of a file by its ending, with the charset of text."""
    kind = _TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") or kind == "application/json" else kind
