"""Names fit what AWS takes, in every region, before anything is made."""

import json
from itertools import combinations

import pytest

from infra import names
from infra.lint import SETTINGS, templates
from infra.names import findings, named, region_code, region_of, regions_of
from infra.stacks import PROJECT

PARTITIONS = ("aws", "aws-cn", "aws-us-gov")
FILLED = dict.fromkeys(("Project", "Stage", "Environment", "Function", "Suffix", "AWS::AccountId"), "x")


@pytest.mark.parametrize("stage", [*json.loads(SETTINGS.read_text()), "local"])
@pytest.mark.parametrize("partition", PARTITIONS)
def test_every_stage_has_names_that_aws_takes_in_every_region(stage: str, partition: str) -> None:
    assert findings(project=PROJECT, stage=stage, partition=partition) == []


@pytest.mark.parametrize("partition", PARTITIONS)
def test_a_code_tells_a_region_from_all_others(partition: str) -> None:
    assert all(region_of(region_code(region), partition) == region for region in regions_of(partition))
    codes = [region_code(region) for region in regions_of(partition)]
    assert not [pair for pair in combinations(codes, 2) if pair[0] == pair[1]]
    assert max(map(len, codes)) <= 8


def test_a_code_is_short() -> None:
    assert region_code("eu-central-1") == "euc1"
    assert region_code("ap-southeast-7") == "apse7"
    assert region_code("us-gov-east-1") == "usgove1"


def test_a_stage_whose_names_are_too_long_is_refused() -> None:
    found = findings(project="p" * 25, stage="a" * 20)
    said = "characters, and AWS::S3::Bucket takes 63: shorten the stage's or the project's name"
    assert any(said in each for each in found)


def test_a_domain_must_not_hold_what_cognito_refuses() -> None:
    assert [f for f in findings(project=PROJECT, stage="paws") if "holds 'aws', which Cognito refuses" in f]


def test_every_name_in_every_template_is_looked_at() -> None:
    in_templates = [kind for kind, _ in names.names_in_templates()]
    assert sorted(kind for kind, _ in named(FILLED)) == sorted(in_templates)
    assert {"AWS::S3::Bucket", "AWS::IAM::Role", "AWS::Cognito::UserPoolDomain"} <= set(in_templates)


def test_services_templates_are_among_them() -> None:
    assert {path.name for path in templates()} >= {
        "data.yaml",
        "platform.yaml",
        "edge.yaml",
        "alarms.yaml",
        "stack.yaml",
    }
