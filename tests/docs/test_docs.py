"""The documents are true: links lead somewhere, commands exist, every variable is explained."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from django.conf import settings

from config import __version__
from config.services import NAMES, SERVICES, SHARED
from tests.infra.copies import project_files

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {*SHARED, *NAMES}
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/README.md")])


def sources() -> list[Path]:
    """The Python files of the project itself."""
    return [ROOT / name for name in project_files() if name.endswith(".py")]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text()):
        if not target.startswith(("http:", "https:", "mailto:")):
            assert (document.parent / target).exists(), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_make_targets_exist(document: Path) -> None:
    targets = set(re.findall(r"^([a-z][a-z0-9-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z][a-z0-9-]*)", document.read_text(), re.MULTILINE))
    assert named <= targets


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_it_names_exist(document: Path) -> None:
    folders = "|".join({*PACKAGES, "docs", "infra", "tests"})
    for name in re.findall(rf"`((?:{folders})/[\w./-]+\.(?:py|md|yaml|json))`", document.read_text()):
        assert (ROOT / name).exists(), name


def test_commands_of_aws_exist_and_have_the_options_they_need() -> None:
    services, seen = botocore.session.get_session(), 0
    of_the_cli = {"logs tail", "cloudformation deploy", "s3 cp", "configure "}
    also = {"create-invalidation": {"invalidation-batch"}}  # for which the CLI has --paths
    for document in DOCUMENTS:
        for inline, block in re.findall(
            r"`(aws [a-z][^`]*)`|^(aws (?:.*\\\n)*.*)$", document.read_text(), re.MULTILINE
        ):
            _, service, operation, *words = [*shlex.split((inline or block).replace("\\\n", " ")), ""]
            if f"{service} {operation}" in of_the_cli:
                continue
            model: Any = services.get_service_model(service)
            names = {xform_name(name, "-"): name for name in model.operation_names}
            shape = model.operation_model(names[operation]).input_shape
            known, needed = (
                {xform_name(name, "-") for name in each} for each in (shape.members, shape.required_members)
            )
            given = {re.sub("^--(no-)?", "", word) for word in words if word.startswith("--")} - {"region"}
            given |= also.get(operation, set()) if "paths" in given else set()
            assert given - {"paths"} <= known, inline or block
            assert not given or needed <= given, inline or block
            seen += 1
    assert seen > 20


def test_the_readme_starts_with_two_commands() -> None:
    start = (ROOT / "README.md").read_text().split("## Start")[1]
    assert re.search(r"```\nmake run\nmake test\n```", start)


def test_every_variable_is_explained() -> None:
    documented = (ROOT / "docs/settings.md").read_text()
    read = {
        name
        for source in ("settings.py", "aws.py", "tables.py", "worker.py")
        for name in re.findall(
            r'(?:env\.(?:text|words|boolean|integer)|_made)\(\s*"([A-Z_]+)"', (ROOT / "config" / source).read_text()
        )
    }
    assert read
    missing = {name for name in read if f"`{name}`" not in documented} - {"AWS_DEFAULT_REGION"}
    assert missing == set()


def test_services_with_workers_are_named_for_who_uses_sam() -> None:
    [named] = re.findall(r"each service with workers \(([^)]+)\)", (ROOT / "docs/deploy.md").read_text())
    assert re.findall(r"\w+", named) == [service.name for service in SERVICES if service.workers]


def test_the_environment_is_read_in_one_place() -> None:
    reading = {
        str(path.relative_to(ROOT))
        for path in sources()
        if re.search(r"os\.environ(?!\.setdefault\(\"DJANGO_SETTINGS_MODULE\")|os\.getenv", path.read_text())
        and path.relative_to(ROOT).parts[0] in PACKAGES
        and "tests" not in path.relative_to(ROOT).parts
    }
    assert reading == {"config/env.py"}


def test_boto3_clients_are_made_in_one_place() -> None:
    making = {
        str(path.relative_to(ROOT))
        for path in sources()
        if re.search(r"boto3\.(client|resource|Session)", path.read_text())
        and path.relative_to(ROOT).parts[0] in PACKAGES
    }
    assert making == {"config/aws.py"}


def test_pins_carry_nothing_of_a_machine() -> None:
    for path in (
        *ROOT.glob("requirements*"),
        *ROOT.glob("infra/*/requirements*"),
        *ROOT.glob("benchmarks/requirements*"),
    ):
        name, text = path.name, path.read_text()
        assert not re.search(r"index-url|find-links|file:/|https?://|(^|\s)/", text), name


def test_one_version_is_said_everywhere() -> None:
    client = json.loads((ROOT / "infra/typescript/package.json").read_text())
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest
    assert {client["version"], newest[1], settings.SPECTACULAR_SETTINGS["VERSION"]} == {__version__}


def test_each_decision_has_a_number_of_its_own() -> None:
    decisions = sorted((ROOT / "docs/adr").glob("*.md"))
    assert [int(path.name[:4]) for path in decisions] == list(range(1, len(decisions) + 1))
    for path in decisions:
        assert path.read_text().startswith(f"# {int(path.name[:4])}. "), path.name


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_decision_is_called_by_its_number(document: Path) -> None:
    for said, linked in re.findall(r"ADR (\d+)\]\((?:adr/)?(\d{4})-", document.read_text()):
        assert int(said) == int(linked)
