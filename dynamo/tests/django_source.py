"""Django's own tests, which its wheel leaves out: read from the source archive of the very version installed."""

import ast
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from types import ModuleType

import django

CACHE = Path(__file__).resolve().parents[2] / "build" / f"django-{django.__version__}"


def test_classes(path: str, *names: str) -> ModuleType:
    """A module with these classes of `tests/<path>` of Django's repository, and what they import.

    Classes that are not named are left out with the imports that need a database of their own.
    """
    tree = ast.parse(_source(path))
    tree.body = [node for node in tree.body if _is_wanted(node, names)]
    module = ModuleType(Path(path).stem)
    exec(compile(tree, path, "exec"), module.__dict__)
    return module


def _is_wanted(node: ast.stmt, names: tuple[str, ...]) -> bool:
    if isinstance(node, ast.ClassDef):
        return node.name in names
    if isinstance(node, ast.ImportFrom):
        return not node.level and (node.module or "").rpartition(".")[2] not in {"models", "db", "cached_db"}
    return isinstance(node, ast.Import)


def _source(path: str) -> str:
    kept = CACHE / path
    if not kept.is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(_from_archive(path))
    return kept.read_text()


def _from_archive(path: str) -> str:
    wanted = f"django=={django.__version__}"
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "-q",
            "--no-binary=django",
            "--no-deps",
            "-d",
            folder,
            wanted,
        ]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=170)
        assert done.returncode == 0, f"The package index gave no source archive of {wanted}: {done.stderr}"
        (archive,) = Path(folder).glob("*.tar.gz")
        with tarfile.open(archive) as tar:
            found = tar.extractfile(f"{archive.name.removesuffix('.tar.gz')}/tests/{path}")
            assert found is not None, f"{wanted} has no tests/{path}"
            return found.read().decode()
