"""A user pool's key, issuer and replica, as Cognito has them since June 2026."""

import json
from collections.abc import Mapping
from typing import Any, TypedDict
from uuid import uuid4

import jwt
import pytest

from tests.local.account import Account, refusal
from tests.waiting import until

HOME, OTHER = "eu-central-1", "eu-west-1"
PASSWORD = "Correct-horse-1"
# What lets Cognito use a key; a replica has it where it was said once more.
POLICY = {"Effect": "Allow", "Principal": {"Service": "cognito-idp.amazonaws.com"}, "Action": "kms:*", "Resource": "*"}


class Unlike(TypedDict, total=False):
    """How a pool differs from one that can have a replica."""

    multi_region: bool
    replicated: bool
    allowed: bool
    UserPoolTier: str
    IssuerConfiguration: Mapping[str, str]
    KeyConfiguration: Mapping[str, str]


class Pool:
    """A user pool with a key of the customer's and the updated issuer, unless said otherwise."""

    def __init__(self, account: Account, unlike: Unlike | None = None) -> None:
        options = {"multi_region": True, "replicated": True, "allowed": True, **(unlike or {})}
        multi_region, replicated, allowed = (options.pop(name) for name in ("multi_region", "replicated", "allowed"))
        policy: Any = {"Policy": json.dumps({"Version": "2012-10-17", "Statement": [POLICY]})} if allowed else {}
        self.kms, self.cognito = account.client("kms"), account.client("cognito-idp")
        self.key = self.kms.create_key(MultiRegion=multi_region)["KeyMetadata"]["Arn"]
        if multi_region and replicated:
            self.kms.replicate_key(KeyId=self.key, ReplicaRegion=OTHER, **policy)
        wanted: dict[str, Any] = {
            "KeyConfiguration": {"KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": self.key},
            "IssuerConfiguration": {"Type": "UPDATED"},
        }
        self.id = self.cognito.create_user_pool(PoolName=f"pool-{uuid4()}", **(wanted | options))["UserPool"]["Id"]

    def replicate(self, region: str = OTHER) -> Any:
        return self.cognito.create_user_pool_replica(UserPoolId=self.id, RegionName=region)["UserPoolReplica"]

    def status(self) -> str:
        """Its replica's; empty without one."""
        listed = self.cognito.list_user_pool_replicas(UserPoolId=self.id)["UserPoolReplicas"]
        assert (listed[0]["Role"], listed[0]["RegionName"]) == ("PRIMARY", HOME)
        return str(listed[1]["Status"]) if listed[1:] else ""

    def change(self, status: str, region: str = OTHER) -> Any:
        return self.cognito.update_user_pool_replica(UserPoolId=self.id, RegionName=region, Status=status)


def issuer_of(account: Account, pool: Pool) -> str:
    """Whom a token of the pool names."""
    pool.cognito.admin_create_user(UserPoolId=pool.id, Username="maria", MessageAction="SUPPRESS")
    pool.cognito.admin_set_user_password(UserPoolId=pool.id, Username="maria", Password=PASSWORD, Permanent=True)
    flows = ["ALLOW_USER_PASSWORD_AUTH"]
    client = pool.cognito.create_user_pool_client(UserPoolId=pool.id, ClientName="all", ExplicitAuthFlows=flows)
    answer = pool.cognito.initiate_auth(
        ClientId=client["UserPoolClient"]["ClientId"],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "maria", "PASSWORD": PASSWORD},
    )
    token = answer["AuthenticationResult"]["AccessToken"]
    return str(jwt.decode(token, options={"verify_signature": False})["iss"])


def test_tokens_name_the_issuer_that_was_chosen(account: Account) -> None:
    updated, original = Pool(account), Pool(account, {"IssuerConfiguration": {"Type": "ORIGINAL"}})
    assert issuer_of(account, updated) == f"https://issuer-cognito-idp.{HOME}.amazonaws.com/{updated.id}"
    assert issuer_of(account, original) == f"https://cognito-idp.{HOME}.amazonaws.com/{original.id}"


def test_a_replica_begins_inactive_and_is_one_alone(account: Account) -> None:
    pool = Pool(account)
    made = pool.replicate()
    assert (made["Status"], made["Role"]) == ("CREATING", "SECONDARY")
    assert made["UserPoolArn"].split(":")[3] == OTHER
    assert refusal(lambda: pool.change("ACTIVE")) == "InvalidParameterException"
    until(lambda: pool.status() == "INACTIVE")
    assert refusal(pool.replicate) == "LimitExceededException"
    assert refusal(lambda: pool.change("ACTIVE", HOME)) == "ResourceNotFoundException"
    pool.change("ACTIVE")
    assert pool.status() == "ACTIVE"
    gone = {"UserPoolId": pool.id, "RegionName": OTHER}
    assert refusal(lambda: pool.cognito.delete_user_pool_replica(**gone)) == "InvalidParameterException"
    pool.change("INACTIVE")
    pool.cognito.delete_user_pool_replica(**gone)
    assert pool.status() == "DELETING"
    until(lambda: pool.status() == "")
    assert pool.replicate()["Status"] == "CREATING"


@pytest.mark.parametrize(
    ("unlike", "region", "code"),
    [
        ({"UserPoolTier": "LITE"}, OTHER, "FeatureUnavailableInTierException"),
        ({"IssuerConfiguration": {"Type": "ORIGINAL"}}, OTHER, "OperationNotEnabledException"),
        ({"KeyConfiguration": {"KeyType": "AWS_OWNED_KEY"}}, OTHER, "OperationNotEnabledException"),
        ({"multi_region": False}, OTHER, "OperationNotEnabledException"),
        ({"replicated": False}, OTHER, "InvalidParameterException"),
        ({"allowed": False}, OTHER, "InvalidParameterException"),
        ({}, HOME, "InvalidParameterException"),
    ],
)
def test_it_refuses_a_pool_that_can_have_none(account: Account, unlike: Unlike, region: str, code: str) -> None:
    pool = Pool(account, unlike)
    assert refusal(lambda: pool.replicate(region)) == code
    assert pool.status() == ""


def test_a_key_that_is_not_there_makes_no_pool(account: Account) -> None:
    wanted = {"KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": f"arn:aws:kms:{HOME}:000000000000:key/mrk-0"}
    assert refusal(lambda: Pool(account, {"KeyConfiguration": wanted})) == "InvalidParameterException"


def test_an_update_says_again_what_a_pool_verifies(account: Account) -> None:
    cognito, verified = account.client("cognito-idp"), ["email"]
    awaited = {"AttributesRequireVerificationBeforeUpdate": verified}
    options: Any = {"AutoVerifiedAttributes": verified, "UserAttributeUpdateSettings": awaited}
    pool = cognito.create_user_pool(PoolName=f"pool-{uuid4()}", **options)["UserPool"]["Id"]
    change = {"UserPoolId": pool, "DeletionProtection": "INACTIVE"}
    assert refusal(lambda: cognito.update_user_pool(**change)) == "InvalidParameterException"
    cognito.update_user_pool(**change, AutoVerifiedAttributes=verified)
