"""parliament judges every policy of the templates, finds what is planted, and nothing is silenced in vain."""

from typing import Any

import pytest

from config.services import SERVICES, failure_queues
from infra import policies
from infra.lint import load, templates
from infra.policies import Renderer, findings

needs_tools = pytest.mark.skipif(not policies.TOOLS_PYTHON.exists(), reason="`make check` installs parliament")


def one(**statement: Any) -> dict[str, Any]:
    """A policy with one statement, under the name `planted`."""
    return {"planted": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}}


@needs_tools
def test_the_project_has_nothing_to_find() -> None:
    assert findings(policies.policies()) == []


@needs_tools
@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ({"Action": "dynamodb:GetItems", "Resource": "*"}, "UNKNOWN_ACTION"),
        ({"Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket"}, "RESOURCE_MISMATCH"),
        ({"Action": "sqs:SendMessage", "Resource": "arn:aws:sns:us-east-1:123456789012:q"}, "RESOURCE_MISMATCH"),
        (
            {
                "Action": "s3:GetObject",
                "Resource": "arn:aws:s3:::bucket/*",
                "Condition": {"StringLike": {"s3:prefix": "users/*"}},
            },
            "UNKNOWN_CONDITION_FOR_ACTION",
        ),
        (
            {
                "Action": "sts:AssumeRole",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Condition": {"StringEquals": {"lambda:Nothing": "x"}},
            },
            "UNKNOWN_CONDITION_FOR_ACTION",
        ),
    ],
)
def test_it_finds_a_planted_fault(statement: dict[str, Any], fault: str) -> None:
    found = findings(one(**statement), silenced=())
    assert len(found) == 1
    assert found[0].startswith(f"planted: {fault}: ")


@needs_tools
def test_what_is_silenced_is_one_finding_and_has_to_be_there() -> None:
    wrong = one(Action=["dynamodb:GetItems", "dynamodb:PutItems"], Resource="*")
    first, second = findings(wrong, silenced=())
    assert findings(wrong, silenced=[first]) == [second]
    assert findings({}, silenced=[first]) == [f"silenced, but not there: {first}"]


STREAMED = [
    (service.name, source.name)
    for service in SERVICES
    for source in service.sources
    if source.stream and source.failures and not failure_queues([service])[source.failures]
]


@pytest.mark.parametrize(("service", "table"), STREAMED)
def test_a_record_that_is_sent_on_its_way_again_can_be_read_from_its_stream(service: str, table: str) -> None:
    """Lambda's message has where the record is, and no record: the function that has the admin reads it."""
    document = policies.policies()[f"{service}.{service.title()}Policy.PolicyDocument"]
    streams = [each for each in document["Statement"] if f"-{table}/stream/" in str(each["Resource"])]
    assert {action for each in streams for action in each["Action"]} >= {
        "dynamodb:GetShardIterator",
        "dynamodb:GetRecords",
    }


def test_every_policy_of_every_template_is_rendered() -> None:
    judged = policies.policies()
    for path in templates():
        stem = path.parent.name if path.stem == "stack" else path.stem
        for name, resource in load(path)["Resources"].items():
            if resource["Type"].endswith("Policy") and resource["Type"].startswith(
                ("AWS::IAM", "AWS::S3", "AWS::SQS", "AWS::SNS")
            ):
                assert f"{stem}.{name}.PolicyDocument" in judged
            if resource["Type"] == "AWS::IAM::Role":
                assert f"{stem}.{name}.AssumeRolePolicyDocument" in judged


def test_it_renders_as_cloudformation_does() -> None:
    template = {
        "Parameters": {"Stage": {"Type": "String"}, "Name": {"Type": "String", "Default": "thing"}},
        "Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Sub": "${Name}-${Stage}"}}}},
    }
    filled = Renderer(template).filled
    arn = "arn:aws:sqs:us-east-1:123456789012:thing-production"
    assert filled({"Fn::GetAtt": "Q.Arn"}) == arn
    assert filled({"Fn::Sub": "${Q.Arn}/${!aws:user}"}) == f"{arn}/${{aws:user}}"
    assert filled([{"Fn::If": ["C", {"a": {"Ref": "Name"}}, {"Ref": "AWS::NoValue"}]}, "b"]) == [{"a": "thing"}, "b"]
    with pytest.raises(KeyError):
        filled({"Ref": "Nothing"})
