"""The end of an environment: everything its stacks made, what they keep when they are deleted included."""

from typing import TYPE_CHECKING

from infra import service_stacks
from infra.deploy import alarms, dax, edge, environment, regions, release
from infra.deploy.deployment import SERVICES, DeployError, Deployment, say
from infra.stacks import service_template

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef


def delete_everything(deployment: Deployment) -> None:
    """Delete all data, roles and secrets for ever. Raises DeployError while a function of the environment is there."""
    whole = Deployment(deployment.environment, deployment.settings, deployment.session)
    stages = [whole, *(deployment.sibling(service) for service in SERVICES)]
    if second := regions.second_region(deployment):
        raise DeployError(f"Remove the second region {second} first: its tables are replicas of these.")
    if deployed := [stage.stage for stage in stages if release.exists(stage)]:
        raise DeployError(f"Undeploy {', '.join(deployed)} first: functions would go on without their data.")
    kept = what_stacks_keep(deployment)
    for template in (edge.TEMPLATE, "budget"):
        deployment.stacks_of(deployment.environment, edge.REGION).delete(template)
    for stage in stages:
        for template in (alarms.TEMPLATE, dax.TEMPLATE, "function"):
            stage.stacks_of(stage.stage).delete(template)
    for template in templates():
        deployment.stacks.delete(template)
    delete_kept(deployment, kept)
    delete_secrets(deployment)
    say(f"nothing is left of {deployment.environment}")


def templates() -> list[str]:
    """The templates of an environment's stacks, each before those it builds on."""
    return ["platform", *reversed([service_template(service) for service in service_stacks.owners()]), "data"]


def what_stacks_keep(deployment: Deployment) -> dict[str, list[str]]:
    """What the stacks keep when they are deleted, so that no mistake with a stack loses data."""
    stacks = deployment.stacks
    return {
        kind: [
            name
            for template in templates()
            if stacks.describe(stacks.name(template))
            for name in stacks.resources(template, kind)
        ]
        for kind in ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::Cognito::UserPool", "AWS::KMS::Key")
    }


def delete_kept(deployment: Deployment, kept: dict[str, list[str]]) -> None:
    """Delete tables, user pools, keys and buckets for ever, with what they hold."""
    dynamodb, cognito = deployment.client("dynamodb"), deployment.client("cognito-idp")
    for table in kept["AWS::DynamoDB::Table"]:
        dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)
        dynamodb.get_waiter("table_exists").wait(TableName=table, WaiterConfig=deployment.stacks.patience)
        dynamodb.delete_table(TableName=table)
    for pool in kept["AWS::Cognito::UserPool"]:
        cognito.update_user_pool(UserPoolId=pool, DeletionProtection="INACTIVE")
        cognito.delete_user_pool(UserPoolId=pool)
    for key in kept["AWS::KMS::Key"]:
        deployment.client("kms").schedule_key_deletion(KeyId=key, PendingWindowInDays=30)
    for bucket in kept["AWS::S3::Bucket"]:
        _delete_bucket(deployment.client("s3"), bucket)


def _delete_bucket(s3: "S3Client", bucket: str) -> None:
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        objects: list[ObjectIdentifierTypeDef] = [
            {"Key": each["Key"], "VersionId": each["VersionId"]} for each in found
        ]
        if objects:
            s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
    s3.delete_bucket(Bucket=bucket)


def delete_secrets(deployment: Deployment) -> None:
    """Delete the secrets of the environment in its region."""
    secrets = [*environment.SECRETS.values(), *environment.BEFORE.values()]
    names = [deployment.parameter(name) for name in (*secrets, edge.STORE_PARAMETER)]
    deployment.client("ssm").delete_parameters(Names=names)
