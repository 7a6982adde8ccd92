"""A service is one folder and one line: without them everything else still works."""

import ast
import json
from pathlib import Path

import pytest

from config.services import SERVED
from tests.infra.copies import ROOT, Copy

pytestmark = pytest.mark.random_order(disabled=True)  # each copy is made once
CFN_LINT = "import sys; from cfnlint.runner import main; sys.exit(main())"
# A test file of each service that shows it at work.
TESTS = {
    "todos": "tests/todos/test_create_todo.py",
    "blog": "tests/blog/test_create_post.py",
    "media": "tests/media/test_list_uploads.py",
    "live": "tests/sockets/test_tickets.py",
    "reminders": "tests/reminders/test_api.py",
    "mydata": "tests/mydata/test_declarations.py",
    "housekeeping": "tests/housekeeping/test_fetch.py",
}
NAMES = [service.name for service in SERVED]
# The service others ask; the rest are proved.
FIRST = "media"


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=() if name == FIRST else pytest.mark.prove) for name in NAMES],
)
def removed(request: pytest.FixtureRequest) -> str:
    """The service that is taken away."""
    return str(request.param)


@pytest.fixture(scope="module")
def rest(removed: str, tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """The project without it."""
    copy = Copy(tmp_path_factory.mktemp("without") / "project")
    copy.remove_service(removed)
    return copy


def test_the_checks_pass(rest: Copy) -> None:
    rest.run("-m", "ruff", "check", *packages(rest))
    rest.check()


def test_the_templates_are_whole(rest: Copy, removed: str) -> None:
    edge = rest.run("-m", "infra.edge_template")
    config = json.loads(edge)["Resources"]["Distribution"]["Properties"]["DistributionConfig"]
    assert removed not in {each.get("TargetOriginId") for each in config["CacheBehaviors"]}
    assert removed not in {each.get("Id") for each in config["Origins"]}
    rest.run("-c", CFN_LINT, input_=edge)  # the others' own are as before: `make check` looks at them


@pytest.mark.parametrize("name", NAMES)
def test_what_shows_one_at_work_needs_no_other(name: str) -> None:
    """Told at once, as that they work without it is proved alone."""
    start = ROOT / file_of(name)
    wanted = [start] if start.is_file() else sorted(start.glob("*.py"))
    for path in wanted:
        ours = (ROOT / f"{each.replace('.', '/')}.py" for each in imported(path) if each.startswith("tests."))
        wanted += [each for each in ours if each.is_file() and each not in wanted]
    packages = {each.split(".")[0] for path in wanted for each in imported(path)}
    assert packages & set(NAMES) <= {name}


def imported(path: Path) -> list[str]:
    """The modules a module names where it is imported itself."""
    found = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.Import | ast.ImportFrom)]
    modules = [alias.name for node in found if isinstance(node, ast.Import) for alias in node.names]
    for node in found:
        if isinstance(node, ast.ImportFrom) and node.module:
            modules += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return modules


@pytest.mark.prove
def test_the_others_work(rest: Copy, removed: str) -> None:
    others = [name for name in NAMES if name != removed]
    # What input is refused does not depend on which services there are.
    said = rest.run("-m", "pytest", "-q", "-n", "0", "-k", "not refuse and not points", *map(file_of, others))
    assert "passed" in said


@pytest.mark.prove
def test_the_types_fit(rest: Copy, removed: str) -> None:
    rest.run("-m", "mypy", *packages(rest))


def packages(rest: Copy) -> list[str]:
    """The project's packages. Tests that import the service go with it."""
    return sorted({path.parent.name for path in rest.folder.glob("*/__init__.py")} - {"tests", "benchmarks"})


def file_of(name: str) -> str:
    """What shows the service at work."""
    return TESTS.get(name, f"tests/{name}")
