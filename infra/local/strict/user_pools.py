"""A user pool's key and issuer, and its replica in another region, which MiniStack does not know.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-multi-region.html
The embedded AWS has one address for all regions, so requests without a signature can't be told to be for a replica.
"""

import json
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from ministack.services import cognito, kms
from ministack.services.cloudformation import provisioners

from infra.local.strict.places import Asked, Call, around, refused

CHANGE_SECONDS = 1.0
KEY, ISSUER = "KeyConfiguration", "IssuerConfiguration"
_DEFAULTS: dict[str, dict[str, str]] = {KEY: {"KeyType": "AWS_OWNED_KEY"}, ISSUER: {"Type": "ORIGINAL"}}
_REPLICA = "_strict_replica"
_PRINCIPAL = "cognito-idp.amazonaws.com"  # whom a key's policy has to name, which each replica has of its own
Pool = dict[str, Any]


def install() -> None:
    """Have pools keep their key and issuer, and sign tokens with the issuer's name."""
    provisioners._COGNITO_USER_POOL_UPDATABLE.update(_DEFAULTS)

    for name in ("_create_user_pool", "_update_user_pool"):

        @around(cognito, name)
        def keeping(change: Call, asked: Asked) -> Any:
            if why := _key_problem(asked) or _unverified(asked):
                return refused("InvalidParameterException", why)
            answer = change(asked)
            if answer[0] == 200:
                pool = cognito._user_pools[asked.get("UserPoolId") or json.loads(answer[2])["UserPool"]["Id"]]
                for kept, default in _DEFAULTS.items():  # what is not named stays as it was
                    pool[kept] = dict(asked.get(kept) or pool.get(kept) or default)
            return answer

    @around(cognito, "_apply_pretoken_trigger")
    def apply_trigger(trigger: Call, *, pool_id: str, claims: dict[str, Any], **more: object) -> Any:
        pool = cognito._get_pool_unscoped(pool_id) or {}
        if pool.get(ISSUER, _DEFAULTS[ISSUER])["Type"] == "UPDATED":
            claims = {**claims, "iss": str(claims["iss"]).replace("//cognito-idp.", "//issuer-cognito-idp.")}
        return trigger(pool_id=pool_id, claims=claims, **more)


def _unverified(asked: Asked) -> str:
    """An update that leaves AutoVerifiedAttributes out ends them, and what the pool waits for has to be among them.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPool.html; the words are
    of https://github.com/ekristen/aws-nuke/issues/477
    """
    name, pool = "UserAttributeUpdateSettings", cognito._user_pools.get(asked.get("UserPoolId"), {})
    awaited = (asked.get(name) or pool.get(name) or {}).get("AttributesRequireVerificationBeforeUpdate", [])
    if set(awaited) - set(asked.get("AutoVerifiedAttributes", [])):
        return "All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes"
    return ""


def operations() -> dict[str, Callable[[Asked], Any]]:
    """What is asked of replicas, by its action. A pool has one at most."""

    def of_the_pool(act: Callable[[Pool, Asked], Any], asked: Asked) -> Any:
        pool, error = cognito._resolve_pool(asked.get("UserPoolId"))
        return error or act(pool, asked)

    def create(pool: Pool, asked: Asked) -> Any:
        region = str(asked["RegionName"])
        if code := _lacks(pool, region):
            return refused(*code)
        pool[_REPLICA] = {"RegionName": region, "Status": "CREATING", "until": time.time() + CHANGE_SECONDS}
        return _answer(pool)

    def update(pool: Pool, asked: Asked) -> Any:
        return _changed(pool, asked, Status=asked["Status"])

    def delete(pool: Pool, asked: Asked) -> Any:
        if _replica(pool).get("Status") == "ACTIVE":
            return refused("InvalidParameterException", "A replica that is deleted has to be INACTIVE.")
        return _changed(pool, asked, Status="DELETING", until=time.time() + CHANGE_SECONDS)

    def listed(pool: Pool, _: Asked) -> Any:
        home = {"RegionName": cognito._pool_region(pool["Id"]), "Status": "ACTIVE", "Role": "PRIMARY"}
        found = [_described(pool)] if _replica(pool) else []
        return cognito.json_response({"UserPoolReplicas": [{**home, "UserPoolArn": pool["Arn"]}, *found]})

    acts = {
        "CreateUserPoolReplica": create,
        "UpdateUserPoolReplica": update,
        "DeleteUserPoolReplica": delete,
        "ListUserPoolReplicas": listed,
    }
    return {action: partial(of_the_pool, act) for action, act in acts.items()}


def _lacks(pool: Pool, region: str) -> tuple[str, str] | None:
    """Why a pool can't be replicated: the code of the error and what it says."""
    key = kms._resolve_key(pool.get(KEY, {}).get("KmsKeyArn", "")) or {}
    if cognito._user_pool_tier(pool) == "LITE":
        return "FeatureUnavailableInTierException", "A replica needs the plan Essentials or Plus."
    if pool.get(ISSUER, _DEFAULTS[ISSUER])["Type"] != "UPDATED":
        return "OperationNotEnabledException", "A replica needs the updated issuer."
    if not key.get("MultiRegion"):
        return "OperationNotEnabledException", "A replica needs a multi-Region key of the customer's."
    there = [each for (_, place, _), each in kms._keys.all_items() if place == region and each["KeyId"] == key["KeyId"]]
    if not any(_PRINCIPAL in each["Policy"] for each in there):
        return "InvalidParameterException", f"The key has no replica in {region} that Cognito may use."
    if region == cognito._pool_region(pool["Id"]):
        return "InvalidParameterException", f"{region} is the region of the user pool."
    if _replica(pool):
        return "LimitExceededException", "The user pool has a replica."
    return None


def _changed(pool: Pool, asked: Asked, **changes: object) -> Any:
    found = _replica(pool)
    if found.get("RegionName") != asked["RegionName"]:
        return refused("ResourceNotFoundException", f"There is no replica in {asked['RegionName']}.")
    if found["Status"] not in {"ACTIVE", "INACTIVE"}:
        return refused("InvalidParameterException", f"The replica is {found['Status']}.")
    found.update(changes)
    return _answer(pool)


def _replica(pool: Pool) -> dict[str, Any]:
    """The pool's replica as it is by now; nothing without one."""
    found: dict[str, Any] = pool.get(_REPLICA, {})
    if found and found["until"] < time.time():
        if found["Status"] == "DELETING":
            del pool[_REPLICA]
            return {}
        if found["Status"] == "CREATING":
            found["Status"] = "INACTIVE"
    return found


def _described(pool: Pool) -> dict[str, str]:
    region, status = (_replica(pool)[name] for name in ("RegionName", "Status"))
    arn = str(pool["Arn"]).replace(cognito._pool_region(pool["Id"]), region, 1)
    return {"RegionName": region, "Status": status, "Role": "SECONDARY", "UserPoolArn": arn}


def _answer(pool: Pool) -> Any:
    return cognito.json_response({"UserPoolReplica": _described(pool)})


def _key_problem(asked: Asked) -> str:
    wanted = asked.get(KEY) or _DEFAULTS[KEY]
    if wanted.get("KeyType") != "CUSTOMER_MANAGED_KEY":
        return ""
    key = kms._resolve_key(wanted.get("KmsKeyArn", ""))
    return "" if key and key["KeyState"] == "Enabled" else "The KMS key of the user pool can't be used."
