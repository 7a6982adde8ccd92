"""The replica of the user pool in a second region, for stages with `replicate_users`: docs/adr/0030.

Cognito has it since June 2026 for pools with the plan Essentials or Plus, a multi-Region key and the issuer `UPDATED`:
https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-multi-region.html
"""

from infra.deploy.deployment import DeployError, Deployment, say, until

_PARAMETER = "ReplicateUsers"
_REPLICA_SECONDS = 36 * 3600  # as CloudFormation allows it


def are_replicated(deployment: Deployment) -> bool:
    """Whether the stage's second region has a replica of its users, or would have one."""
    return bool(deployment.options.get("replicate_users"))


def parameter(deployment: Deployment) -> dict[str, str]:
    """What infra/data.yaml is told. Raises DeployError when a pool was made otherwise: all tokens would end at once."""
    wanted = str(are_replicated(deployment)).lower()
    made = deployment.stacks.parameters("data")
    if made and not deployment.suffix and made.get(_PARAMETER, "false") != wanted:
        raise DeployError(
            f"deploy.replicate_users: the users of {deployment.stage} were made with {made.get(_PARAMETER, 'false')}, "
            "and another issuer would end every sign-in; it is chosen by the first deployment."
        )
    return {_PARAMETER: wanted}


def replicate(home: Deployment, region: str) -> None:
    """Have the users in a region, too, where they can sign in. Raises DeployError after 36 hours."""
    cognito, where = home.client("cognito-idp"), {"UserPoolId": _pool(home), "RegionName": region}
    _wait(home, region, "", "INACTIVE", "ACTIVE")
    if not _status(home, region):
        say(f"replicating the users into {region}")
        cognito.create_user_pool_replica(**where)
        _wait(home, region, "INACTIVE", "ACTIVE")
    if _status(home, region) == "INACTIVE":
        cognito.update_user_pool_replica(**where, Status="ACTIVE")
        _wait(home, region, "ACTIVE")


def remove(home: Deployment, region: str) -> None:
    """Have the users at home alone. Raises DeployError after 36 hours."""
    cognito, where = home.client("cognito-idp"), {"UserPoolId": _pool(home), "RegionName": region}
    _wait(home, region, "", "INACTIVE", "ACTIVE")
    if _status(home, region) == "ACTIVE":  # Cognito deletes none that people sign in with
        cognito.update_user_pool_replica(**where, Status="INACTIVE")
        _wait(home, region, "INACTIVE")
    if _status(home, region):
        cognito.delete_user_pool_replica(**where)
        _wait(home, region, "")


def _wait(home: Deployment, region: str, *statuses: str) -> None:
    until(home, lambda: _status(home, region) in statuses, f"the users in {region}", _REPLICA_SECONDS)


def _status(home: Deployment, region: str) -> str:
    """The replica's: CREATING, INACTIVE, ACTIVE or DELETING; empty without one."""
    # A pool has one replica, so there is one page.
    found = home.client("cognito-idp").list_user_pool_replicas(UserPoolId=_pool(home))["UserPoolReplicas"]
    return next((str(each["Status"]) for each in found if each["RegionName"] == region), "")


def _pool(home: Deployment) -> str:
    return home.stacks.outputs("data")["UserPoolId"]
