"""A copy has the project's files, and is made where there is no git, too."""

from pathlib import Path

import pytest

from tests.infra.copies import Copy, project_files


@pytest.mark.parametrize("path", ["/nowhere", ""], ids=["no git", "no repository"])
def test_a_download_has_the_files_that_a_clone_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    copy, files = Copy(tmp_path), project_files()
    for name in (".venv/lib/x.py", "build/package.zip", ".local/env.json", "config/__pycache__/env.cpython-311.pyc"):
        (copy.folder / name).parent.mkdir(parents=True)
        (copy.folder / name).touch()
    if path:
        monkeypatch.setenv("PATH", path)
    assert project_files(copy.folder) == files
