"""A stage in a second region, which stands by: docs/adr/0008-second-region.md.

The tables are replicas (global tables), so are the keys of software updates, files are copied both ways, secrets are
the same, users stay in the home region or have a replica here, too. Readers go where CloudFront leads.
"""

from contextlib import suppress
from functools import partial
from time import sleep
from typing import TYPE_CHECKING, Any

from config.services import SERVICES
from infra import service_stacks
from infra.deploy import checks, edge, failover, regions, removal, steps, users
from infra.deploy.deployment import FAILURES, DeployError, Deployment, say, until
from infra.failover import replication
from infra.failover.store import HOME, SECOND
from infra.names import WITHOUT_SES, region_code, regions_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import PointInTimeRecoverySpecificationTypeDef

_MINUTES: Any = {"Minutes": 15}  # the one value S3 promises to copy within


# --- Making one -----------------------------------------------------------------------------------------------------


def prepare(home: Deployment, region: str) -> Deployment:
    """Replicate the tables into a region; the stage there, yet to be deployed. Raises DeployError."""
    region = region or regions.second_region(home)
    _check(home, region)
    steps.apply_data(home, second_suffix=f"-{region_code(region)}")
    for key in _shared_keys(home):
        _replicate_key(home, key, region)
    # Before the tables, as Cognito may refuse and they take long.
    if users.are_replicated(home):
        users.replicate(home, region)
    for table in _shared_tables(home):
        _replicate(home, table, region)
    return regions.in_region(home, region)


def _check(home: Deployment, region: str) -> None:
    if region not in set(regions_of(home.partition)) - {home.region, *WITHOUT_SES}:
        raise DeployError(f"{region!r} is no other region, or has no SES: name one like eu-west-1 with REGION=...")
    if (there := regions.second_region(home)) not in {"", region}:
        raise DeployError(f"{home.stage} has {there} already: remove that first.")
    regions.in_region(home, region).check_access()  # a region that is not enabled would be found half way
    checks.before_deploying(home)
    if not home.whole:
        raise DeployError(f"{home.stage} serves one service of several: a second region has them in one function.")
    if not edge.leads_to(home):
        raise DeployError(f"Deploy {home.stage} with `edge` first: CloudFront is what sends readers to a region.")


def _shared_tables(home: Deployment) -> list[str]:
    """Those both regions have. Counts of requests are each region's own: they are written with every request."""
    tables = [table for each in removal.templates() for table in home.stacks.resources(each, "AWS::DynamoDB::Table")]
    return [table for table in tables if not table.endswith("-counters")]


def _replicate(home: Deployment, table: str, region: str) -> None:
    if region not in _replicas(home, table):
        say(f"replicating {table} into {region}")
        home.client("dynamodb").update_table(TableName=table, ReplicaUpdates=[{"Create": {"RegionName": region}}])
    _wait(home, table, region, "ACTIVE")
    there = home.client("dynamodb", region)
    # A replica is listed as active before it can be changed.
    until(home, lambda: _described(there, table).get("TableStatus") == "ACTIVE", f"the table {table} in {region}")
    # Neither backups nor protection are replicated.
    until(home, lambda: _back_up(there, table), f"the backups of {table} in {region}")
    if bool(_described(there, table).get("DeletionProtectionEnabled")) != home.protected:
        there.update_table(TableName=table, DeletionProtectionEnabled=home.protected)
    until(
        home,
        lambda: bool(_described(there, table).get("DeletionProtectionEnabled")) == home.protected,
        f"the deletion protection of {table} in {region}",
    )


def _shared_keys(home: Deployment) -> list[str]:
    """The keys of both regions: those that sign software updates, as root knows no others, and that of the users."""
    return [key for each in removal.templates() for key in home.stacks.resources(each, "AWS::KMS::Key")]


def _replicate_key(home: Deployment, key: str, region: str) -> None:
    kms = home.client("kms")
    replicas = kms.describe_key(KeyId=key)["KeyMetadata"]["MultiRegionConfiguration"]["ReplicaKeys"]
    if region not in {each["Region"] for each in replicas}:
        say(f"replicating the key {key} into {region}")
        # A replica has a policy of its own, and without this one Cognito could not use the users' key there.
        policy = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
        kms.replicate_key(KeyId=key, ReplicaRegion=region, Policy=policy)
    until(home, lambda: _is_usable(home, key, region), f"the key {key} in {region}")


def _is_usable(home: Deployment, key: str, region: str) -> bool:
    """Whether a key can be used; one of a former second region, which is to be deleted, is kept after all."""
    kms = home.client("kms", region)
    try:
        state = kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"]
    except kms.exceptions.NotFoundException:
        return False
    if state == "PendingDeletion":
        kms.cancel_key_deletion(KeyId=key)
        kms.enable_key(KeyId=key)
    return bool(state == "Enabled")


def _back_up(dynamodb: "DynamoDBClient", table: str) -> bool:
    """Whether a table can be restored to any second; asks for it when not."""
    found = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    if found.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus") == "ENABLED":
        return True
    recovery: PointInTimeRecoverySpecificationTypeDef = {"PointInTimeRecoveryEnabled": True}
    with suppress(dynamodb.exceptions.ContinuousBackupsUnavailableException):  # until backups are set up as such
        dynamodb.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=recovery)
    return False


def _described(dynamodb: "DynamoDBClient", table: str) -> dict[str, Any]:
    """What a region says of a table; nothing while it does not know it."""
    try:
        return dict(dynamodb.describe_table(TableName=table)["Table"])
    except dynamodb.exceptions.ResourceNotFoundException:
        return {}


def _is_still(home: Deployment, second: Deployment, table: str) -> bool:
    """Whether nothing changes the table in either region, so that it can be changed."""
    found = [_described(each.client("dynamodb"), table) for each in (home, second)]
    return all(each.get("TableStatus") == "ACTIVE" for each in found)


def _wait(home: Deployment, table: str, region: str, status: str) -> None:
    """Until the replica has this status, which is empty when there is none. Raises DeployError after an hour."""
    until(home, lambda: _replicas(home, table).get(region, "") == status, f"the replica of {table} in {region}")


def _replicas(home: Deployment, table: str) -> dict[str, str]:
    found = home.client("dynamodb").describe_table(TableName=table)["Table"].get("Replicas", [])
    return {each["RegionName"]: each.get("ReplicaStatus", "") for each in found}


def connect(home: Deployment, second: Deployment) -> None:
    """Have S3 copy files both ways, within 15 minutes, and CloudFront ask there what can't be read at home."""
    for here, there in ((home, second), (second, home)):
        pairs = zip(_buckets(here).values(), _buckets(there).values(), _roles(second), strict=True)
        for bucket, target, role in pairs:
            rule = _rule(there.region, f"arn:{home.partition}:s3:::{target}")
            here.client("s3").put_bucket_replication(
                Bucket=bucket, ReplicationConfiguration={"Role": role, "Rules": [rule]}
            )
    edge.apply(home)
    edge.remember_store(home, second)
    failover.apply(home, second)
    if before := sum(len(alone) for alone in _alone(home, second)):
        say(f"{before} files came before: docs/deploy.md says how to copy them into {second.region}")


def _rule(region: str, bucket_arn: str) -> dict[str, Any]:
    return {
        "ID": f"to-{region}",
        "Priority": 1,
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Enabled"},
        "Destination": {
            "Bucket": bucket_arn,
            "ReplicationTime": {"Status": "Enabled", "Time": _MINUTES},
            "Metrics": {"Status": "Enabled", "EventThreshold": _MINUTES},
        },
    }


def _buckets(deployment: Deployment) -> dict[str, str]:
    """The buckets whose files both regions have, by their outputs; fewer where a command broke off."""
    outputs = service_stacks.outputs(deployment.stacks)
    return {name: outputs[name] for service in SERVICES for name in service.buckets if name in outputs}


def _roles(second: Deployment) -> list[str]:
    """The role that copies the files of each of them."""
    outputs = service_stacks.outputs(second.stacks)
    return [outputs[f"{service.name.title()}ReplicationRoleArn"] for service in SERVICES for _ in service.buckets]


# --- Using it -------------------------------------------------------------------------------------------------------


def lead_to(second: Deployment) -> None:
    """Have CloudFront send all requests to the second region. Raises DeployError when it is not healthy.

    Keys are written, for which the home region is asked nothing. A freeze that a command left which was killed ends.
    """
    if not second.suffix:
        raise DeployError(f"{second.region} is the home region of {second.stage}: `fail-back` leads there.")
    if second.stacks.parameters("data").get("Suffix") != second.suffix:
        raise DeployError(f"{second.stage} is not in {second.region}: make second-region puts it there.")
    if sick := checks.unanswered(second):
        raise DeployError(f"{second.region} does not take over: " + "; ".join(sick))
    edge.store(second).write(region=SECOND, writes="on")
    say(f"CloudFront sends requests of {second.stage} to {second.region} within seconds")


def lead_back(home: Deployment, *, give_up: bool = False) -> None:
    """Have CloudFront send all requests to the home region again, once all that was written is there.

    Nothing can be written meanwhile. Raises DeployError when home is not healthy, or lacks something; requests then
    stay where they are. With `give_up` the second region is asked nothing.
    """
    second, store = regions.second(home), edge.store(home)
    if store.read()["writes"] == "off":
        say("nothing can be written: a fail-back or fail-over is under way or was killed; `fail-over` ends the freeze")
    if sick := checks.unanswered(home):
        raise DeployError(f"{home.region} does not take over: " + "; ".join(sick))
    if not give_up and (alone := set().union(*_alone(second, home))):
        raise DeployError(f"{len(alone)} files are in {second.region} alone, such as {min(alone)}: wait a while.")
    store.write(writes="off")
    try:
        sleep(0 if home.embedded else replication.EDGE_SECONDS)  # the embedded AWS has no edge locations
        lag = replication.Lag(is_complete=True) if give_up else _lag(home, second)
        if not lag.is_complete:
            raise DeployError(f"{home.region} lacks something: {lag.sentence()}. --give-up goes back even so.")
        queues = [] if give_up else _unread_queues(second)  # who gives a region up can't wait for its answers
        if handed := sum(_hand_over(second, home, queue) for queue in queues):
            say(f"messages handed over, as functions of {home.region} alone read them: {handed}")
        store.write(region=HOME)
    finally:
        try:
            store.write(writes="on")
        except FAILURES as error:
            raise DeployError(f"Nothing can be written until `fail-back` or `fail-over` is repeated: {error}") from None
    say(f"CloudFront sends requests of {home.stage} to {home.region} within seconds")


def _lag(home: Deployment, second: Deployment) -> replication.Lag:
    """What home lacks of the second region's rows, after a minute at most."""
    return replication.wait(second.region, home.region, _beats_table(home))


def _unread_queues(second: Deployment) -> list[str]:
    """Queues that only functions of the home region read: what users asked for meanwhile waits in them."""
    sqs, functions = second.client("sqs"), second.client("lambda")
    found = []
    for source in (source for service in SERVICES for source in service.sources if source.is_queue):
        name = f"{second.project}-{second.environment}-{source.name}"
        with suppress(sqs.exceptions.QueueDoesNotExist):
            url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
            arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
            if not functions.list_event_source_mappings(EventSourceArn=arn)["EventSourceMappings"]:
                found.append(name)
    return found


def _hand_over(second: Deployment, home: Deployment, queue: str) -> int:
    """Move a queue's messages to the home region's queue of that name; how many there were."""
    here, there = second.client("sqs"), home.client("sqs")
    url, target = (sqs.get_queue_url(QueueName=queue)["QueueUrl"] for sqs in (here, there))
    handed = 0
    # Waiting asks all of SQS's servers, each of which may hold some of the messages.
    while messages := here.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages"):
        for message in messages:
            there.send_message(QueueUrl=target, MessageBody=message["Body"])
            here.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            handed += 1
    return handed


def _beats_table(home: Deployment) -> str:
    """The table that has the beats."""
    return f"{home.project}-{home.environment}-sessions"


# --- Ending it ------------------------------------------------------------------------------------------------------


def disconnect(home: Deployment, second: Deployment) -> None:
    """Have S3 copy nothing any more, and CloudFront ask the home region alone.

    Raises DeployError while readers, files or rows are in the second region alone.
    """
    if edge.store(home).read()["region"] == SECOND:
        raise DeployError(f"Readers are sent to {second.region}: `fail-back` first.")
    if alone := set().union(*_alone(second, home)):
        raise DeployError(f"{len(alone)} files are in {second.region} alone, such as {min(alone)}: wait a while.")
    if (
        _replicas(home, _beats_table(home)).get(second.region) == "ACTIVE"
        and not (lag := _lag(home, second)).is_complete
    ):
        raise DeployError(f"{home.region} lacks something: {lag.sentence()}; wait a while.")
    failover.remove(second)
    edge.apply(home, alone=True)
    edge.store(home).write(region=HOME, writes="on")  # nobody reads them now, but with the next second region
    for deployment in (home, second):
        s3 = deployment.client("s3")
        for bucket in _buckets(deployment).values():
            with suppress(s3.exceptions.NoSuchBucket):
                s3.delete_bucket_replication(Bucket=bucket)


def _alone(here: Deployment, there: Deployment) -> list[set[str]]:
    """The keys of each bucket that are in one region and not in the other."""
    buckets, targets = _buckets(here), _buckets(there)
    return [_keys(here, buckets[name]) - _keys(there, targets[name]) for name in buckets if name in targets]


def _keys(deployment: Deployment, bucket: str) -> set[str]:
    s3 = deployment.client("s3")
    with suppress(s3.exceptions.NoSuchBucket):  # a removal that broke off has deleted it
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        return {each["Key"] for page in pages for each in page.get("Contents", [])}
    return set()


def remove(home: Deployment, second: Deployment) -> None:
    """Remove copies, replicas and what else there is in the second region, once its function is gone."""
    second.stacks_of(second.stage).delete("function")
    removal.delete_stacks(second)
    if users.are_replicated(home):
        users.remove(home, second.region)
    for table in _shared_tables(home):
        if _replicas(home, table).get(second.region, "DELETING") == "DELETING":
            continue
        second.client("dynamodb").update_table(TableName=table, DeletionProtectionEnabled=False)
        until(home, partial(_is_still, home, second, table), f"the table {table}")
        home.client("dynamodb").update_table(
            TableName=table, ReplicaUpdates=[{"Delete": {"RegionName": second.region}}]
        )
    for table in _shared_tables(home):
        _wait(home, table, second.region, "")
    for key in _shared_keys(home):
        removal.delete_key(second, key, days=7)
    removal.delete_secrets(second)
    steps.apply_data(home, second_suffix="")
    say(f"nothing is left of {home.stage} in {second.region}")
