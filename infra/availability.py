"""Whether AWS offers what the templates make, wherever a stage may be: `python -m infra.availability`.

By what cfn-lint knows of each region, offline. Its own `--regions ALL_REGIONS` takes minutes for one template, as it
judges each resource by each region's rules. These are the same everywhere; what differs is which types there are.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from cfnlint.helpers import REGIONS
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER as SCHEMAS

from infra.lint import load, templates
from infra.names import WITHOUT_SES, regions_of

# Always applied in us-east-1; and DAX, which fewer than half of all regions have, for stages that ask for it.
ELSEWHERE = {"edge.yaml", "offload.yaml", "budget.yaml", "dax.yaml"}
_SAM = "AWS::Serverless::"  # becomes others (tests/infra/test_sam.py)


def kinds() -> set[str]:
    """The types of all resources that are made where the stage is."""
    paths: list[Path] = [path for path in templates() if path.name not in ELSEWHERE]
    found = {each["Type"] for path in paths for each in load(path)["Resources"].values()}
    return {kind for kind in found if not kind.startswith(_SAM)}


def findings() -> Iterator[str]:
    """What is wrong, as sentences."""
    wanted = kinds()
    for region in sorted(set(REGIONS) & set(regions_of("aws"))):
        there = wanted & set(SCHEMAS.get_resource_types(region))
        missing = wanted - there
        if (region in WITHOUT_SES) != any(kind.startswith("AWS::SES::") for kind in missing):
            yield f"{region}: WITHOUT_SES, of infra/names.toml, is out of date"
        for kind in sorted(kind for kind in missing if not kind.startswith("AWS::SES::")):
            yield f"{region} has no {kind}: CloudFormation refuses a template with one whole"
        for kind in sorted(there):
            if _schema(region, kind) != _schema("us-east-1", kind):
                yield f"{region} has other rules for {kind}: `cfn-lint --regions {region}` judges by them"


def _schema(region: str, kind: str) -> object:
    return SCHEMAS.get_resource_schema(region, kind).schema


if __name__ == "__main__":
    for finding in (found := list(findings())):
        print(finding)  # noqa: T201 - a command
    sys.exit(bool(found))
