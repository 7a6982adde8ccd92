"""The policy of a user's temporary credentials opens their own folder and nothing else, as IAM would judge it.

The embedded AWS judges by policies only when asked to, so this file has one of its own. It knows no policy variables,
so a role with the very same policy, but the user's sub where IAM puts it, stands in for the identity pool's.
"""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from infra import service_stacks
from infra.local.emulator import CREDENTIALS, Emulator
from infra.local.provision import MAIL_FROM, REGION
from infra.policies import policies
from infra.stacks import PROJECT, Stacks
from tests.conftest import _free_port

ALICE, BOB = "7d9c1a52-0000-4000-8000-00000000a11c", "7d9c1a52-0000-4000-8000-000000000b0b"
SUB_VARIABLE = "${aws:PrincipalTag/sub}"
ROLE = f"{PROJECT}-local-user-folder"


class EnforcingEmulator(Emulator):
    """Judges every request by IAM's rules."""

    def _environment(self) -> dict[str, str]:
        return {**super()._environment(), "AUTH": "true"}


Connect = Callable[..., Any]


@pytest.fixture(scope="module")
def connect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connect]:
    """boto3.client for an embedded AWS that enforces policies, as its owner unless credentials are given."""
    folder: Path = tmp_path_factory.mktemp("enforcing-aws")
    with EnforcingEmulator(_free_port(), folder, persist=False) as emulator:
        yield partial(
            boto3.client,
            endpoint_url=emulator.endpoint_url,
            region_name=REGION,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            config=Config(s3={"addressing_style": "path"}),
        )


@pytest.fixture(scope="module")
def stack(connect: Connect) -> dict[str, str]:
    stacks = Stacks(connect("cloudformation"), stage="local", say=lambda _: None)
    values = {
        "Project": PROJECT,
        "Environment": "local",
        "SiteUrl": "http://127.0.0.1",
        "MailFrom": MAIL_FROM,
        "Protected": "false",
        "OverTlsAlone": "false",
    }
    data = stacks.apply_known("data", values)
    return data | service_stacks.apply(stacks, values | data)


@pytest.fixture(scope="module")
def as_alice(connect: Connect, stack: dict[str, str]) -> Connect:
    """boto3.client with the permissions Alice's temporary credentials have."""
    iam = connect("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn = iam.create_role(RoleName="stand-in", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    for name in iam.list_role_policies(RoleName=ROLE)["PolicyNames"]:
        policy = json.dumps(iam.get_role_policy(RoleName=ROLE, PolicyName=name)["PolicyDocument"])
        assert SUB_VARIABLE in policy
        iam.put_role_policy(RoleName="stand-in", PolicyName=name, PolicyDocument=policy.replace(SUB_VARIABLE, ALICE))
    credentials = connect("sts").assume_role(RoleArn=arn, RoleSessionName="alice")["Credentials"]
    return partial(
        connect,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )


@pytest.fixture(scope="module")
def bobs_note(connect: Connect, stack: dict[str, str]) -> str:
    key = f"users/{BOB}/note.txt"
    for bucket in ("UploadsBucket", "ThumbnailsBucket"):
        connect("s3").put_object(Bucket=stack[bucket], Key=key, Body=b"Bob's")
    return key


def assert_denied(call: Callable[..., object], **arguments: Any) -> None:
    with pytest.raises(ClientError) as refusal:
        call(**arguments)
    assert refusal.value.response["Error"]["Code"] in {"AccessDenied", "AccessDeniedException", "AuthorizationError"}


def test_it_opens_the_users_own_folder(as_alice: Connect, stack: dict[str, str]) -> None:
    s3, place = as_alice("s3"), {"Bucket": stack["UploadsBucket"], "Key": f"users/{ALICE}/note.txt"}
    s3.put_object(**place, Body=b"mine")
    assert s3.get_object(**place)["Body"].read() == b"mine"
    listed = s3.list_objects_v2(Bucket=stack["UploadsBucket"], Prefix=f"users/{ALICE}/")
    assert place["Key"] in [item["Key"] for item in listed["Contents"]]
    s3.delete_object(**place)


@pytest.mark.parametrize("bucket", ["UploadsBucket", "ThumbnailsBucket"])
def test_it_opens_no_other_folder(as_alice: Connect, stack: dict[str, str], bobs_note: str, bucket: str) -> None:
    s3, place = as_alice("s3"), {"Bucket": stack[bucket], "Key": bobs_note}
    assert_denied(s3.get_object, **place)
    assert_denied(s3.put_object, **place, Body=b"Alice was here")
    assert_denied(s3.delete_object, **place)


@pytest.mark.parametrize(
    "key", [f"users/{ALICE}", f"users/{ALICE}x/note.txt", f"{ALICE}/note.txt", "note.txt", f"users/x{ALICE}/note.txt"]
)
def test_it_opens_nothing_beside_the_folder(as_alice: Connect, stack: dict[str, str], key: str) -> None:
    assert_denied(as_alice("s3").put_object, Bucket=stack["UploadsBucket"], Key=key, Body=b"")


def test_it_takes_nothing_under_a_key_of_another_account(as_alice: Connect, stack: dict[str, str]) -> None:
    s3, place = as_alice("s3"), {"Bucket": stack["UploadsBucket"], "Key": f"users/{ALICE}/locked.txt", "Body": b""}
    key = "arn:aws:kms:us-east-1:999999999999:key/0b0b0b0b-0000-4000-8000-000000000b0b"
    assert_denied(s3.put_object, **place, ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    s3.put_object(**place, ServerSideEncryption="AES256")


def test_it_takes_nothing_under_a_key_of_the_users_own_or_in_another_storage_class() -> None:
    """By the template: the embedded AWS does not tell its judge of these headers."""
    statements = policies()["media.UserFolderRole.Policies.0.PolicyDocument"]["Statement"]
    refused = [
        each["Condition"] for each in statements if each["Effect"] == "Deny" and each.get("Action") == "s3:PutObject"
    ]
    assert {"Null": {"s3:x-amz-server-side-encryption-customer-algorithm": "false"}} in refused
    storage_class = "s3:x-amz-storage-class"
    assert {"Null": {storage_class: "false"}, "StringNotEquals": {storage_class: "STANDARD"}} in refused


@pytest.mark.parametrize("prefix", ["", "users/", f"users/{BOB}/", f"users/{ALICE[:8]}"])
def test_it_lists_nothing_else(as_alice: Connect, stack: dict[str, str], prefix: str) -> None:
    assert_denied(as_alice("s3").list_objects_v2, Bucket=stack["UploadsBucket"], Prefix=prefix)


def test_it_writes_no_thumbnails(as_alice: Connect, stack: dict[str, str]) -> None:
    place = {"Bucket": stack["ThumbnailsBucket"], "Key": f"users/{ALICE}/fake.webp"}
    assert_denied(as_alice("s3").put_object, **place, Body=b"")


def test_it_opens_no_other_service(as_alice: Connect, stack: dict[str, str]) -> None:
    assert_denied(as_alice("s3").list_buckets)
    assert_denied(as_alice("dynamodb").list_tables)
    assert_denied(as_alice("sqs").list_queues)
    assert_denied(as_alice("sns").publish, TopicArn=stack["MediaTopicArn"], Message="{}")


def test_it_asks_for_a_sign_in(connect: Connect, stack: dict[str, str]) -> None:
    pool = connect("cognito-identity").describe_identity_pool(IdentityPoolId=stack["IdentityPoolId"])
    assert pool["AllowUnauthenticatedIdentities"] is False
    assert not pool.get("AllowClassicFlow")


def test_it_maps_the_sub_to_the_tag_the_policy_speaks_of(connect: Connect, stack: dict[str, str]) -> None:
    mapped = connect("cognito-identity").get_principal_tag_attribute_map(
        IdentityPoolId=stack["IdentityPoolId"],
        IdentityProviderName=f"cognito-idp.{REGION}.amazonaws.com/{stack['UserPoolId']}",
    )
    assert mapped["PrincipalTags"] == {"sub": "sub"}
