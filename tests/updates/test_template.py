"""What AWS is told of software updates: updates/stack.yaml, infra/edge.yaml."""

import json
from typing import Any

import pytest

from config.services import SERVED
from infra.lint import INFRA_DIR, load, resolved
from infra.stacks import service_template, template_path
from tests.deploy.edge import CONFIG, TEMPLATE, behavior

DATA = load(template_path("service-updates"))
# AWS's own: no query, no cookie and no header in the key, nothing compressed; kept as long as the answer says.
CACHED_BY_PATH_ALONE = "b2884449-e4de-46a7-ac36-70bc7f1ddd6d"


@pytest.mark.parametrize(
    "path", ["/updates/metadata/app/timestamp.json", "/updates/targets/app/stable/0123456789abcdef.macos"]
)
def test_cloudfront_asks_the_bucket_alone(path: str) -> None:
    rules = behavior(path)
    assert rules["TargetOriginId"] == "updates"
    assert resolved(TEMPLATE, rules["CachePolicyId"]) == CACHED_BY_PATH_ALONE
    assert rules["Compress"] is False
    assert rules["AllowedMethods"] == ["GET", "HEAD"]
    # Neither sends on more than the key, nor has a Lambda function.
    assert not {"OriginRequestPolicyId", "LambdaFunctionAssociations"} & rules.keys()


def test_cloudfront_signs_what_it_asks_the_bucket() -> None:
    [here] = [each for each in CONFIG["Origins"] if each.get("DomainName") == {"Ref": "UpdatesBucketHost"}]
    assert here["OriginAccessControlId"] == {"Fn::GetAtt": "BucketAccess.Id"}
    control = TEMPLATE["Resources"]["BucketAccess"]["Properties"]["OriginAccessControlConfig"]
    assert (control["SigningBehavior"], control["SigningProtocol"]) == ("always", "sigv4")


def test_one_distribution_alone_reads_what_is_published() -> None:
    [once, never] = DATA["Resources"]["UpdatesBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    condition, allowed, otherwise = once["Fn::If"]
    assert (condition, otherwise) == ("HasDistribution", {"Ref": "AWS::NoValue"})
    assert (allowed["Action"], allowed["Resource"]) == ("s3:GetObject", {"Fn::Sub": "${UpdatesBucket.Arn}/updates/*"})
    assert allowed["Condition"]["StringEquals"]["aws:SourceArn"]["Fn::Sub"].endswith(":distribution/${DistributionId}")
    assert never["Fn::If"][1]["Effect"] == "Deny"


def test_nothing_that_was_published_is_ever_lost() -> None:
    """Versions of the manifest are the history: none expires, and the bucket outlives its stack."""
    bucket = DATA["Resources"]["UpdatesBucket"]
    assert bucket["DeletionPolicy"] == bucket["UpdateReplacePolicy"] == "Retain"
    assert bucket["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}
    rules: list[dict[str, Any]] = bucket["Properties"]["LifecycleConfiguration"]["Rules"]
    assert {key for rule in rules for key in rule} == {"Id", "Status", "AbortIncompleteMultipartUpload"}


def test_no_function_may_touch_it() -> None:
    for template in ("platform.yaml", "function.yaml", "sam.yaml", "container/fargate.yaml"):
        assert "updates" not in json.dumps(load(INFRA_DIR / template)).lower(), template
    for service in SERVED:
        assert "-updates" not in template_path(service_template(service)).read_text()
