"""The end of an environment: everything its stacks made, what they keep when they are deleted included."""

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError, WaiterError

from config.buckets import delete_versions
from infra import service_stacks
from infra.deploy import alarms, dax, edge, environment, regions, release
from infra.deploy.deployment import DeployError, Deployment, say
from infra.stacks import service_template

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef


def delete_everything(deployment: Deployment) -> None:
    """Delete all data, roles and secrets for ever.

    Raises DeployError while a function of the environment is there, and when nothing at all was.
    """
    stages = deployment.stages()
    if second := regions.second_region(deployment):
        raise DeployError(f"Remove the second region {second} first: its tables are replicas of these.")
    if deployed := [stage.stage for stage in stages if release.exists(stage)]:
        raise DeployError(f"Undeploy {', '.join(deployed)} first: functions would go on without their data.")
    in_us = deployment.stacks_of(deployment.environment, edge.REGION)
    gone = [in_us.delete(template) for template in (edge.TEMPLATE, "budget")]
    own = (alarms.TEMPLATE, dax.TEMPLATE, "function")
    gone += [stage.stacks_of(stage.stage).delete(template) for stage in stages for template in own]
    gone += [delete_stacks(deployment), _delete_pools(deployment), delete_secrets(deployment)]
    if not any(gone):
        raise DeployError(f"There is nothing of {deployment.environment}, or no longer: is that its name?")
    say(f"nothing is left of {deployment.environment}")


def templates() -> list[str]:
    """The templates of an environment's stacks, each before those it builds on."""
    return ["platform", *reversed([service_template(service) for service in service_stacks.owners()]), "data"]


def delete_stacks(deployment: Deployment) -> bool:
    """Delete the environment's stacks in its region, and before each what it would keep; whether there was one.

    A stack is what knows of that: a removal that broke off finds there what is left. Raises StackError, or DeployError
    at the end with what AWS does not delete now, whose stacks stay.
    """
    stacks, left = deployment.stacks, list[str]()
    there = [template for template in templates() if stacks.describe(stacks.name(template))]
    for template in there:
        kept = _delete_kept(deployment, template)
        left += kept
        if not kept:
            stacks.delete(template)
    if left:
        raise DeployError("\n".join(["AWS keeps these. Repeat this once it lets them go:", *left]))
    return bool(there)


def _delete_kept(deployment: Deployment, template: str) -> list[str]:
    """Delete a stack's tables, keys and buckets for ever, with what they hold, as far as they are there.

    Returned is what AWS does not delete, such as a table that another region's was made from within 24 hours.
    """
    left = []
    kinds = {kind: delete for kind, delete in _DELETE.items() if (template, kind) != ("data", "AWS::KMS::Key")}
    for kind, delete in kinds.items():  # the key of `data` goes with the users
        for name in deployment.stacks.resources(template, kind):
            try:
                delete(deployment, name)
            except (ClientError, WaiterError) as error:
                left.append(f"{kind} {name}: {error}")
    return left


def _delete_table(deployment: Deployment, table: str) -> None:
    dynamodb = deployment.client("dynamodb")
    with suppress(dynamodb.exceptions.ResourceNotFoundException):
        if dynamodb.describe_table(TableName=table)["Table"]["TableStatus"] != "DELETING":
            dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)
            dynamodb.get_waiter("table_exists").wait(TableName=table, WaiterConfig=deployment.stacks.patience)
            dynamodb.delete_table(TableName=table)


def _delete_pools(deployment: Deployment) -> bool:
    """Delete the users for ever; whether there was a pool.

    It is found by its name: its stack, which has its domain, goes before it. The key of what it keeps goes last, as
    Cognito can't use one that is to be deleted.
    """
    cognito, name = deployment.client("cognito-idp"), f"{deployment.project}-{deployment.environment}-users"
    pages = cognito.get_paginator("list_user_pools").paginate(MaxResults=60)
    there = list(pages.search(f"UserPools[?Name=='{name}'].Id"))
    for pool in there:
        now = cognito.describe_user_pool(UserPoolId=pool)["UserPool"]
        key = now.get("KeyConfiguration", {}).get("KmsKeyArn")
        # Without these Cognito would verify nothing any more by itself, and refuse that beside what it waits for.
        said = now.keys() & {"AutoVerifiedAttributes", "UserAttributeUpdateSettings"}
        verified = {name: now[name] for name in said}
        cognito.update_user_pool(UserPoolId=pool, DeletionProtection="INACTIVE", **verified)
        cognito.delete_user_pool(UserPoolId=pool)
        if key:
            delete_key(deployment, key)
    return bool(there)


def delete_key(deployment: Deployment, key: str, *, days: int = 30) -> None:
    """Have a key deleted in so many days, unless it is to be already."""
    kms = deployment.client("kms")
    with suppress(kms.exceptions.NotFoundException, kms.exceptions.KMSInvalidStateException):
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=days)


def _delete_bucket(deployment: Deployment, bucket: str) -> None:
    s3: S3Client = deployment.client("s3")
    with suppress(s3.exceptions.NoSuchBucket):
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            objects: list[ObjectIdentifierTypeDef] = [
                {"Key": each["Key"], "VersionId": each["VersionId"]} for each in found
            ]
            delete_versions(s3, bucket, objects)
        s3.delete_bucket(Bucket=bucket)


_DELETE: dict[str, Callable[[Deployment, str], None]] = {
    "AWS::DynamoDB::Table": _delete_table,
    "AWS::KMS::Key": delete_key,
    "AWS::S3::Bucket": _delete_bucket,
}


def delete_secrets(deployment: Deployment) -> bool:
    """Delete the secrets of the environment in its region; whether there were any."""
    secrets = [*environment.SECRETS.values(), *environment.BEFORE.values()]
    names = [deployment.parameter(name) for name in (*secrets, edge.STORE_PARAMETER)]
    return bool(deployment.client("ssm").delete_parameters(Names=names)["DeletedParameters"])
