"""Versions of a function and their aliases: `live`, which API Gateway calls, and `events`, which events call.

Zappa replaces a function's code and then its configuration, so for a moment new code runs with old variables. Nobody
calls that: a version is published when both are there, asked for its health, and then each alias moves to it in one
step. Requests under way end where they began, events wait in their queues, and no request is refused.
"""

import json
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from infra.deploy.deployment import ALIAS, EVENTS_ALIAS, DeployError, Deployment

RELEASED = "released"  # how the description of a version began while aliases kept no list of those that were live
KEPT = 5  # releases that stay for rollbacks
HEALTH_PATHS = ("/api/health/", "/api/health/deep/")
_HEALTH_TRIES, _HEALTH_PAUSE_SECONDS = 3, 2
_READY_SECONDS = 600
_MIXED = "Another deployment has put its own code or variables there meanwhile: nothing was published. Repeat this one."


def publish(deployment: Deployment, variables: dict[str, str], code: str = "") -> str:
    """Publish the uploaded code, whose CodeSha256 is given, with these variables as a version; its number.

    Raises DeployError when it is sick, and when another deployment has put code or variables of its own there.
    """
    client = deployment.client("lambda")
    wait(deployment, "function_updated_v2")
    what = deployment.settings.get("lambda_description", deployment.function)
    # Lambda publishes no version when nothing has changed, and running instances would keep the former secrets.
    description = f"{what}, {datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f} UTC"
    client.update_function_configuration(
        FunctionName=deployment.function,
        Description=description,
        Environment={"Variables": variables},
        # The snapshot is of a version, and is there before an alias leads to it.
        SnapStart={"ApplyOn": "PublishedVersions" if deployment.options.get("snap_start") else "None"},
    )
    wait(deployment, "function_updated_v2")
    latest = client.get_function_configuration(FunctionName=deployment.function)
    if latest["Description"] != description or latest["CodeSha256"] != (code or latest["CodeSha256"]):
        raise DeployError(_MIXED)
    try:
        published = client.publish_version(FunctionName=deployment.function, RevisionId=latest["RevisionId"])
    except client.exceptions.PreconditionFailedException:
        raise DeployError(_MIXED) from None
    version: str = published["Version"]
    wait(deployment, "published_version_active", Qualifier=version)
    if illness := sickness(deployment, version):
        client.delete_function(FunctionName=deployment.function, Qualifier=version)
        raise DeployError(f"The new version is not healthy, so the one before it stays live. {illness}")
    return version


def wait(deployment: Deployment, waiter: str, function_name: str = "", **which: str) -> None:
    """Wait with a waiter of boto3, for ten minutes at most: seconds for a function, minutes for a snapshot."""
    every = min(1.0, deployment.poll_seconds)
    patience = {"Delay": every, "MaxAttempts": int(_READY_SECONDS / every)}
    get_waiter: Any = deployment.client("lambda").get_waiter
    get_waiter(waiter).wait(FunctionName=function_name or deployment.function, WaiterConfig=patience, **which)


def sickness(deployment: Deployment, qualifier: str) -> str:
    """What is wrong with a version when it is asked for its health; nothing when it is well."""
    for path in HEALTH_PATHS:
        for left in range(_HEALTH_TRIES - 1, -1, -1):
            illness = _ask(deployment, qualifier, path)
            if not illness:
                break
            if not left:
                return illness
            time.sleep(_HEALTH_PAUSE_SECONDS)
    return ""


def _ask(deployment: Deployment, qualifier: str, path: str) -> str:
    host = deployment.api_host() or "localhost"
    event = {
        "httpMethod": "GET",
        "path": path,
        "headers": {"host": host},
        "requestContext": {"path": f"/{deployment.stage}{path}", "identity": {"sourceIp": "127.0.0.1"}},
    }
    answer = deployment.client("lambda").invoke(
        FunctionName=deployment.function, Qualifier=qualifier, Payload=json.dumps(event).encode()
    )
    body = json.loads(answer["Payload"].read() or b"null")
    if "FunctionError" in answer:
        return f"{path} failed: {body.get('errorType', '')} {body.get('errorMessage', body)}"
    return "" if body.get("statusCode") == 200 else f"{path} answered {body.get('statusCode')}: {body.get('body')}"


def live_version(deployment: Deployment) -> str:
    """The version that is live; empty before the first."""
    return str(alias(deployment).get("FunctionVersion", ""))


def live_since(deployment: Deployment) -> datetime:
    """When the live version was published, by Lambda's clock."""
    client = deployment.client("lambda")
    found = client.get_function_configuration(FunctionName=deployment.function, Qualifier=ALIAS)
    return datetime.fromisoformat(found["LastModified"])


def alias(deployment: Deployment) -> dict[str, Any]:
    """What Lambda knows of the alias that requests call; nothing before the first version is live."""
    client = deployment.client("lambda")
    try:
        return dict(client.get_alias(FunctionName=deployment.function, Name=ALIAS))
    except client.exceptions.ResourceNotFoundException:
        return {}


def _canaries(now: dict[str, Any]) -> dict[str, float]:
    """The versions that have a share of an alias's calls beside its own."""
    return dict(now.get("RoutingConfig", {}).get("AdditionalVersionWeights", {}))


def standing_canary(deployment: Deployment) -> str:
    """Which version has a share of the calls and how to end that, as a sentence; empty when all go to the live one.

    A canary that is killed, as by a laptop that was closed, can take nothing back.
    """
    for version, share in _canaries(alias(deployment)).items():  # an alias has one at most
        part = f"version {version} has {share:.0%} of the calls"
        return f"{part}: unless `make canary` runs, `zappa rollback {deployment.stage} -n 1` takes it back"
    return ""


def exists(deployment: Deployment) -> bool:
    """Whether the stage has a function."""
    client = deployment.client("lambda")
    try:
        client.get_function_configuration(FunctionName=deployment.function)
    except client.exceptions.ResourceNotFoundException:
        return False
    return True


def check_exists(deployment: Deployment) -> None:
    """Raise DeployError unless the stage has a function: the account may be another one's."""
    if not exists(deployment):
        where = f"{deployment.region} of the account {deployment.account}"
        raise DeployError(f"There is no {deployment.function} in {where}: `zappa deploy {deployment.stage}` makes it.")


def go_live(deployment: Deployment, version: str, *, over: str = "") -> None:
    """Move both aliases to a version, wholly and at once: that of requests, then that of events.

    Each alias's description lists the versions that were live: one that a canary took back, or whose deployment broke
    off, is never one of them.

    Raises DeployError when the alias of requests is no longer as it was at `over`, a revision.
    """
    client = deployment.client("lambda")
    were = " ".join(sorted({*releases(deployment)[:KEPT], version}, key=int))
    for name in (ALIAS, EVENTS_ALIAS):
        where = {"FunctionName": deployment.function, "Name": name, "FunctionVersion": version, "Description": were}
        revision = {"RevisionId": over} if over and name == ALIAS else {}
        try:
            client.update_alias(**where, **revision, RoutingConfig={"AdditionalVersionWeights": {}})
        except client.exceptions.ResourceNotFoundException:
            client.create_alias(**where)
        except client.exceptions.PreconditionFailedException:
            now = alias(deployment)
            if now["FunctionVersion"] != version or _canaries(now):  # else our own request came twice
                raise _overtaken(now) from None


def shift(deployment: Deployment, version: str, share: float, *, over: str) -> str:
    """Send a share of the calls, above 0 and below 1, to another version than the live one; the alias's revision.

    Raises DeployError when the alias is no longer as it was at `over`, a revision.
    """
    client, weights = deployment.client("lambda"), {version: share}
    routing = {"AdditionalVersionWeights": weights}
    try:
        done = client.update_alias(FunctionName=deployment.function, Name=ALIAS, RevisionId=over, RoutingConfig=routing)
    except client.exceptions.PreconditionFailedException:
        done = alias(deployment)
        if _canaries(done) != weights:  # else our own request came twice
            raise _overtaken(done) from None
    return str(done["RevisionId"])


def _overtaken(now: dict[str, Any]) -> DeployError:
    return DeployError(f"Somebody has deployed or rolled back meanwhile: version {now['FunctionVersion']} is live.")


def releases(deployment: Deployment) -> list[str]:
    """The versions that are or were live, newest first."""
    listed = str(alias(deployment).get("Description", "")).split()
    return [
        each["Version"]
        for each in reversed(_versions(deployment))
        if each["Version"] in listed or (not listed and str(each.get("Description", "")).startswith(RELEASED))
    ]


def roll_back(deployment: Deployment, back: int = 1) -> str:
    """Make the release live that was so many before the live one; its number. Raises DeployError without one.

    Where a canary was left standing, the first one before it is the live one.
    The version has the configuration it was published with, so code and variables fit. Zappa's own rollback would
    upload old code under new variables, count versions that never were live, and leave the alias where it is.
    """
    now = alias(deployment)
    live, has_canary = str(now.get("FunctionVersion", "0")), _canaries(now)
    earlier = [each for each in releases(deployment) if int(each) < int(live) or (has_canary and each == live)]
    if not 1 <= back <= len(earlier):
        raise DeployError(f"There are {len(earlier)} releases before the live one, not {back}.")
    version = earlier[back - 1]
    go_live(deployment, version)
    return version


def prune(deployment: Deployment) -> int:
    """Delete versions that never were live and all but the newest releases; how many. Never the live one.

    Nor what came after the release before the newest: another deployment may be about to make it live.
    """
    client, were = deployment.client("lambda"), releases(deployment)
    kept, before = {live_version(deployment), *were[:KEPT]}, int(were[:2][-1])
    numbers = [each["Version"] for each in _versions(deployment)]
    gone = [each for each in numbers if each not in kept and int(each) < before]
    for version in gone:
        with suppress(client.exceptions.ResourceNotFoundException):  # another deployment was faster
            client.delete_function(FunctionName=deployment.function, Qualifier=version)
    return len(gone)


def _versions(deployment: Deployment) -> list[dict[str, Any]]:
    """All published versions, oldest first."""
    pages = deployment.client("lambda").get_paginator("list_versions_by_function")
    found = pages.paginate(FunctionName=deployment.function).search("Versions[?Version != '$LATEST']")
    return sorted(found, key=lambda each: int(each["Version"]))
