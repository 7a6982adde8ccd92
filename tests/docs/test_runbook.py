"""Who is called at night finds each alarm in docs/deploy.md, and there what to do."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.lint import INFRA_DIR, load

ROOT = INFRA_DIR.parent
DOCUMENT = (ROOT / "docs/deploy.md").read_text()
TEMPLATES = [*sorted(ROOT.glob("*/stack.yaml")), INFRA_DIR / "alarms.yaml", INFRA_DIR / "failover.yaml"]


def rows() -> Iterator[list[str]]:
    """The cells of the table of alarms."""
    part = DOCUMENT.split("\n## Alarms\n")[1].split("\n## ")[0]
    for line in re.findall(r"^\| `.*$", part, re.MULTILINE):
        yield [cell.strip() for cell in line.strip("|").split("|")]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_alarm_is_in_the_table(template: Path) -> None:
    told = {name.lstrip(".") for row in rows() for name in re.findall(r"`([^`]+)`", row[0])}
    for resource in load(template)["Resources"].values():
        if resource["Type"] == "AWS::CloudWatch::Alarm":
            name = re.sub(r"\$\{\w+\}-?", "", resource["Properties"]["AlarmName"]["Fn::Sub"])
            assert f"-{name}" in told


def test_what_to_look_at_is_a_part_of_the_runbook() -> None:
    parts = set(re.findall(r"^##+ (.*)$", DOCUMENT, re.MULTILINE))
    named = {row[2] for row in rows() if re.fullmatch(r"[A-Z][a-z ]+", row[2])}
    assert len(named) > 5
    assert named <= parts
