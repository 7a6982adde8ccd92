"""A bucket of the embedded AWS answers who may read it: by credentials, or as the distribution its policy names."""

import json
from typing import Any
from uuid import uuid4

import pytest
import urllib3
from botocore.config import Config

from config.edge import edge_url
from tests.local.account import Account

HTTP = urllib3.PoolManager(retries=False, timeout=10)
SIGNED = Config(signature_version="s3v4", s3={"addressing_style": "path"})


def allow(bucket: str, principal: object, **more: Any) -> str:
    """A policy by which a principal reads what lies under public/."""
    read = {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [{**read, "Resource": f"arn:aws:s3:::{bucket}/public/*"}]})


class Bucket:
    """A new bucket with two objects, whose public access is blocked or not."""

    def __init__(self, account: Account, *, blocked: bool = True) -> None:
        self.name, self.endpoint = f"bucket-{uuid4()}", account.endpoint_url
        self.s3 = account.client("s3", config=SIGNED)
        self.s3.create_bucket(Bucket=self.name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        blocks = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
        settings = dict.fromkeys(blocks, blocked)
        self.s3.put_public_access_block(Bucket=self.name, PublicAccessBlockConfiguration=settings)
        for key in ("public/style.css", "own.txt"):
            self.s3.put_object(Bucket=self.name, Key=key, Body=b"content")

    def status(self, key: str, method: str = "GET", **options: Any) -> int:
        """How the bucket answers without credentials."""
        return HTTP.request(method, f"{self.endpoint}/{self.name}/{key}", **options).status

    def at_the_edge(self, key: str, method: str = "GET", **options: Any) -> int:
        """How a distribution is answered."""
        return HTTP.request(method, f"{edge_url(self.endpoint, self.name)}/{key}", **options).status


@pytest.fixture
def bucket(account: Account) -> Bucket:
    """A bucket as our templates make them."""
    return Bucket(account)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_nobody_without_credentials_is_answered(bucket: Bucket, method: str) -> None:
    assert [bucket.status(key, method) for key in ("public/style.css", "own.txt", "new.txt")] == [403, 403, 403]
    assert bucket.status("", "GET") == 403
    assert bucket.s3.get_object(Bucket=bucket.name, Key="own.txt")["Body"].read() == b"content"


def test_a_policy_opens_what_it_names_unless_public_access_is_blocked(account: Account) -> None:
    bucket = Bucket(account, blocked=False)
    bucket.s3.put_bucket_policy(Bucket=bucket.name, Policy=allow(bucket.name, "*"))
    assert (bucket.status("public/style.css"), bucket.status("own.txt")) == (200, 403)
    block = {"RestrictPublicBuckets": True}
    bucket.s3.put_public_access_block(Bucket=bucket.name, PublicAccessBlockConfiguration=block)
    assert bucket.status("public/style.css") == 403


def test_a_distribution_reads_what_the_policy_lets_cloudfront_read(bucket: Bucket) -> None:
    assert bucket.at_the_edge("public/style.css") == 403
    account = {"ArnLike": {"aws:SourceArn": "arn:aws:cloudfront::000000000000:distribution/*"}}
    policy = allow(bucket.name, {"Service": "cloudfront.amazonaws.com"}, Condition=account)
    bucket.s3.put_bucket_policy(Bucket=bucket.name, Policy=policy)
    assert [bucket.at_the_edge(key) for key in ("public/style.css", "own.txt", "public/none")] == [200, 403, 403]
    assert [bucket.at_the_edge("public/style.css", method) for method in ("HEAD", "PUT", "POST")] == [200, 403, 403]
    assert bucket.status("public/style.css") == 403


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:SourceAccount": "111111111111"}},
        {"ArnLike": {"aws:SourceArn": "arn:aws:cloudfront::111111111111:distribution/*"}},
    ],
)
def test_a_distribution_of_another_account_reads_nothing(bucket: Bucket, condition: dict[str, Any]) -> None:
    policy = allow(bucket.name, {"Service": "cloudfront.amazonaws.com"}, Condition=condition)
    bucket.s3.put_bucket_policy(Bucket=bucket.name, Policy=policy)
    assert bucket.at_the_edge("public/style.css") == 403


def test_what_was_signed_is_answered(bucket: Bucket) -> None:
    place = {"Bucket": bucket.name, "Key": "own.txt"}
    assert HTTP.request("GET", bucket.s3.generate_presigned_url("get_object", Params=place)).status == 200
    assert HTTP.request("PUT", bucket.s3.generate_presigned_url("put_object", Params=place), body=b"new").status == 200
    form = bucket.s3.generate_presigned_post(bucket.name, "form.txt")
    assert HTTP.request("POST", form["url"], fields={**form["fields"], "file": ("form.txt", b"form")}).status == 204
    unsigned: Any = {"key": "other.txt", "file": ("other.txt", b"form")}
    assert HTTP.request("POST", form["url"], fields=unsigned).status == 403
