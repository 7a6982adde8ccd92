"""What a service knows below its views: nothing that speaks HTTP. Holds for services nobody has thought of yet, too."""

import ast
from pathlib import Path

import pytest

from config.services import NAMES

ROOT = Path(__file__).resolve().parents[2]
BELOW_VIEWS = ("models", "services", "events", "errors", "sync", "search", "caching", "publishing", "welcome", "files")
HTTP = ("rest", "rest_framework", "django.http", "django.views", "django.shortcuts", "serverless.http")


def files() -> list[Path]:
    found = [path for name in NAMES for below in BELOW_VIEWS for path in (ROOT / name).glob(f"{below}.py")]
    return found + [path for name in NAMES for below in BELOW_VIEWS for path in (ROOT / name / below).glob("**/*.py")]


def imported(path: Path) -> set[str]:
    """The modules a file imports, wherever in it."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    froms = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    return names | {f"{node.module}.{alias.name}" for node in froms for alias in node.names}


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_it_imports_nothing_that_speaks_http(path: Path) -> None:
    assert not {name for name in imported(path) if name.startswith(tuple(f"{each}." for each in HTTP)) or name in HTTP}


def test_there_is_something_to_look_at() -> None:
    assert {"todos/services.py", "blog/events.py", "media/models.py", "blog/models/posts.py"} <= {
        str(path.relative_to(ROOT)) for path in files()
    }
