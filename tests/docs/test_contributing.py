"""CONTRIBUTING.md's way to a new field works in a copy of the project; the tests notice a place that is left out."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.infra.copies import ROOT, Copy

STEP = re.compile(r"(?:`([\w./]+)`, |and )below (?:each )?`([^`]+)`:\n\n   ```\w+\n(.*?)   ```", re.DOTALL)
INDENT = re.compile("^   ", re.MULTILINE)
NOTICED_BY = "tests/todos/test_fields.py"


class Place(NamedTuple):
    """What has to be added below which lines of a file."""

    path: str
    anchor: str
    code: str


def places() -> list[Place]:
    """The places of "Add a field", in order."""
    section = (ROOT / "CONTRIBUTING.md").read_text().split("## Add a field")[1].split("\n## ")[0]
    found: list[Place] = []
    for path, anchor, code in STEP.findall(section):
        found.append(Place(path or found[-1].path, anchor, INDENT.sub("", code)))
    return found


PLACES = places()


def add(copy: Copy, *wanted: Place) -> None:
    """Do what the page says at these places."""
    for place in wanted:
        path = copy.folder / place.path
        lines = path.read_text().splitlines(keepends=True)
        assert any(place.anchor in line for line in lines), place
        path.write_text("".join(line + (place.code if place.anchor in line else "") for line in lines))


def test_the_page_names_all_places() -> None:
    assert len(PLACES) == 9
    assert [place for place in PLACES if place.anchor not in (ROOT / place.path).read_text()] == []


@pytest.mark.prove
@pytest.mark.timeout(300)
def test_a_field_is_added_as_the_page_says(tmp_path: Path) -> None:
    copy = Copy(tmp_path)
    add(copy, *PLACES)
    tests = [NOTICED_BY, "tests/todos/test_create_todo.py"]
    copy.run("-m", "pytest", "-q", "-n", "0", "-k", "not refuses", *tests)
    copy.run("manage.py", "spectacular", "--validate", "--fail-on-warn", "--file", "schema.yaml")
    assert "The name of a color." in (copy.folder / "schema.yaml").read_text()


@pytest.mark.prove
@pytest.mark.timeout(300)
@pytest.mark.parametrize("number", range(len(PLACES)))
def test_a_place_that_is_left_out_is_noticed(tmp_path: Path, number: int) -> None:
    copy = Copy(tmp_path)
    add(copy, *(place for place in PLACES if place is not PLACES[number]))
    with pytest.raises(AssertionError):
        copy.run("-m", "pytest", "-q", "-n", "0", NOTICED_BY)
