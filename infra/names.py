"""Names on AWS: the short code of a region, and whether all names of an environment are ones AWS takes.

AWS refuses a name only when it makes the resource, after others were made. This does before anything is made.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import boto3

from infra.lint import INFRA_DIR, Json, load, templates

_KNOWN = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())
WITHOUT_SES: frozenset[str] = frozenset(_KNOWN["without_ses"])
LIMITS: dict[str, tuple[str, int]] = {kind: (key, most) for kind, (key, most) in _KNOWN["limits"].items()}
_WORDS = {"north": "n", "south": "s", "east": "e", "west": "w", "central": "c"}
_ACCOUNT = "0" * 12
_RESERVED = re.compile("aws|amazon|cognito")  # what a user pool's domain must not hold


def region_code(region: str) -> str:
    """A region in as few characters as tell it from all others: `euc1` for eu-central-1."""
    first, *words, number = region.split("-")
    place = "".join(words)
    for name, letter in _WORDS.items():
        place = place.replace(name, letter)
    return first + place + number


@cache
def regions_of(partition: str) -> list[str]:
    """All regions a partition of AWS has."""
    return boto3.Session().get_available_regions("dynamodb", partition_name=partition)


def region_of(code: str, partition: str) -> str:
    """The region of a code. Raises KeyError when there is none."""
    return {region_code(region): region for region in regions_of(partition)}[code]


def findings(*, project: str, stage: str, partition: str = "aws") -> list[str]:
    """Which names of a stage AWS would refuse, in its home or in any second region, as sentences."""
    longest = max((region_code(region) for region in regions_of(partition)), key=len)
    environment, function = stage.partition("_")[0], f"{project}-{stage}".replace("_", "-")
    values = {
        "Project": project, "Stage": environment, "Environment": environment, "Function": function,
        "AWS::AccountId": _ACCOUNT, "Suffix": f"-{longest}",
    }  # fmt: skip
    names = [("AWS::Lambda::Function", function), *named(values)]
    return [*_refused(values), *(sentence for kind, name in names for sentence in _faults(kind, name))]


def _refused(values: Mapping[str, str]) -> Iterator[str]:
    """Which of these values the templates refuse, as sentences."""
    for name, each in load(INFRA_DIR / "data.yaml")["Parameters"].items():
        if name in values and (pattern := each.get("AllowedPattern")) and not re.fullmatch(pattern, values[name]):
            said = {"Project": "project_name", "Environment": "the stage's name"}.get(name, name)
            yield f"{said} is {values[name]!r}, and has to match {pattern}"


def named(values: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Kind and name of everything the templates name by these values."""
    for kind, name in names_in_templates():
        if name_here := filled(name, values):
            yield kind, name_here


@cache
def names_in_templates() -> list[tuple[str, str | Json]]:
    """Kind and name, yet to be filled in, of everything the templates name."""
    resources = [each for template in templates() for each in load(template)["Resources"].values()]
    found = [(each["Type"], each.get("Properties", {})) for each in resources if each["Type"] in LIMITS]
    return [(kind, properties[LIMITS[kind][0]]) for kind, properties in found if LIMITS[kind][0] in properties]


def filled(name: str | Json, values: Mapping[str, str]) -> str:
    """A name with its parameters filled in; empty when it holds others."""
    text: Any = name.get("Fn::Sub", values.get(name.get("Ref", ""), "")) if isinstance(name, dict) else name
    name_here = re.sub(r"\$\{([^}!]+)\}", lambda found: values.get(found[1], found[0]), str(text))
    return "" if "${" in name_here else name_here


def _faults(kind: str, name: str) -> Iterator[str]:
    limit = LIMITS[kind][1]
    if len(name) > limit:
        yield f"{name} has {len(name)} characters, and {kind} takes {limit}: shorten the stage's or the project's name"
    if kind == "AWS::Cognito::UserPoolDomain" and (found := _RESERVED.search(name)):
        yield f"{name} holds {found[0]!r}, which Cognito refuses in a domain"
