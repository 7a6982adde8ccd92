"""Writes a new service from infra/service_template: `python -m infra.new_service notes`, or `make service NAME=notes`.

In the template the service is `notes` and one of what it keeps a `note`.
"""

import ast
import builtins
import importlib.util
import keyword
import os
import re
import subprocess
import sys
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = Path(__file__).resolve().parent / "service_template"
_NAME = re.compile(r"[a-z][a-z0-9]{2,19}")
_LIST, _STAGES = "config/services.py", "zappa_settings.json"
_ERASER, _RUNBOOK = "mydata/stack.yaml", "docs/deploy.md"


class BadName(ValueError):
    """No service can have this name. The message says why."""


def write(name: str, root: Path = ROOT) -> list[Path]:
    """Write the service, its tests, its line and its stage; the files. Raises BadName, and changes nothing then."""
    check(name, root)
    files = {root / _place(path, name): _named(path.read_text(), name) for path in sorted(TEMPLATE.rglob("*.in"))}
    for path, text in {**files, **_entries(name, root)}.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    # The order of imports and the breaks of lines depend on the name.
    for command in (("check", "--select", "I", "--fix"), ("format",)):
        subprocess.run([sys.executable, "-m", "ruff", *command, "-q", name, f"tests/{name}"], cwd=root, check=True)  # noqa: S603
    return list(files)


def check(name: str, root: Path = ROOT) -> None:
    """Raise BadName unless a service may be called so."""
    if not _NAME.fullmatch(name) or keyword.iskeyword(name) or name == "service":
        raise BadName(f"{name!r} can't be a service's name: take 3 to 20 small letters and digits, a letter first.")
    if (root / name).exists() or (root / "tests" / name).exists() or importlib.util.find_spec(name):
        raise BadName(f"{name!r} is taken: there is a folder or a Python package of that name.")
    if (TEMPLATE.parent / f"{name}.yaml").exists():  # the API of the service's own stage would be put into that stack
        raise BadName(f"{name!r} is taken: the stack of infra/{name}.yaml is called as that of its API would be.")
    if found := _clash(name):
        raise BadName(f"{name!r} is taken: {found}.")


def _clash(name: str) -> str:
    """What of the project is called so, or as what is made of the name, already; empty if nothing is."""
    one = singular(name)
    if keyword.iskeyword(one) or hasattr(builtins, one) or one in _beside_a_note():
        return f"{one!r}, one of what it keeps, means something else in its code"
    templates = "".join(path.read_text() for path in [*ROOT.glob("*/stack.yaml"), *ROOT.glob("infra/*.yaml")])
    if re.search(rf"Name: .*-{name}(-failures)?\"", templates):
        return "there is a table, a queue or the like of that name"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.apps import apps
    from django.urls import resolve
    from drf_spectacular.generators import SchemaGenerator

    if name in {app.label for app in apps.get_app_configs()}:
        return "there is a Django app of that name"
    described = str(SchemaGenerator().get_schema(public=True))  # type: ignore[no-untyped-call]  # by its authors
    if re.search(rf"'({one.title()}|{one.title()}InputRequest)': \{{|'operationId': '{name}_", described):
        return f"the API has a {one.title()!r} or operations of that name"
    return "" if resolve(f"/api/{name}/").url_name == "no-endpoint" else f"there is a page at /api/{name}/"


def _beside_a_note() -> set[str]:
    """What the template names beside a note or NOTE: if that were called the same, one would hide the other."""
    found: set[str] = set()
    for path in TEMPLATE.rglob("*.py.in"):
        module = ast.parse(path.read_text())
        constants = {each.id for each in ast.walk(module) if isinstance(each, ast.Name) and each.id.isupper()}
        found |= {each.lower() for each in constants} if "NOTE" in constants else set()
        for part in ast.walk(module):
            if isinstance(part, ast.FunctionDef):
                inside = list(ast.walk(part))
                names = {each.id for each in inside if isinstance(each, ast.Name)}
                names |= {each.arg for each in inside if isinstance(each, ast.arg)}
                found |= names if "note" in names else set()
    return found - {"note"}


def singular(name: str) -> str:
    """One of what a service keeps: `note` of `notes`, `story` of `stories`."""
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name


def _place(path: Path, name: str) -> Path:
    place = Path(_named(str(path.relative_to(TEMPLATE).with_suffix("")), name))
    return Path("tests", name, *place.parts[1:]) if place.parts[0] == "tests" else Path(name, place)


def _named(text: str, name: str) -> str:
    one = singular(name)
    words = {"notes": name, "Notes": name.title(), "note": one, "Note": one.title(), "NOTE": one.upper()}
    return re.sub(r"notes|Notes|note|Note|NOTE", lambda found: words[found[0]], text)


def _entries(name: str, root: Path) -> dict[Path, str]:
    """The two files that list services, what erases accounts and the list of alarms, each with an entry more."""
    services, stages = (root / _LIST).read_text(), (root / _STAGES).read_text().rstrip()
    listed = re.sub(r"(NAMES = \(\n(?:    .*\n)*)\)", rf'\1    "{name}",\n)', services, count=1)
    stage = f'"production_{name}": {{"extends": "production", "memory_size": 1024, "timeout_seconds": 30'
    entry = f',\n    {stage}, "lambda_description": "{name.title()}"}}\n}}\n'
    whole = stages.removesuffix("}").rstrip() + entry
    return {root / _LIST: listed, root / _STAGES: whole, **_mentions(name, root)}


def _mentions(name: str, root: Path) -> dict[Path, str]:
    """Without a right to its rows no account could be erased; who is called at night looks its alarm up."""
    eraser = r'(Action: \["dynamodb:Query", "dynamodb:BatchWriteItem"\]\n +Resource:\n)(.*-)(\w+"\n)'
    found = {}
    for path, place, entry in (
        (root / _ERASER, eraser, rf'\1\2{name}"\n\2\3'),
        (root / _RUNBOOK, r"(?m)^(\| `\.\.\.-\w+-failures`)", rf"\1, `-{name}-failures`"),
    ):
        if path.exists():
            found[path] = re.sub(place, entry, path.read_text(), count=1)
    return found


def main(arguments: list[str]) -> int:
    """Write the service named; the exit code."""
    if len(arguments) != 1:
        sys.stderr.write("Name one service: make service NAME=notes\n")
        return 1
    try:
        written = write(arguments[0])
    except BadName as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for path in written:
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")
    sys.stdout.write("Where `make run` is running, start it again: a start makes the table.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
