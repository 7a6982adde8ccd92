"""The two functions in the second region that move the site there: `watch` asks, `step` acts.

`watch` runs each minute and asks the home region for its health every five seconds. After three failures in a row it
starts the state machine of infra/failover.yaml, whose tasks are the steps below. A veto (a parameter) stops both. A
rehearsal takes every step but for the keys CloudFront reads, which stay as they are.
"""

import json
import os
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError

import boto3
from botocore.exceptions import ClientError

from infra.failover import replication
from infra.failover.store import SECOND, Store

MINUTE = 55.0  # a little less, so that no two run at once
EVERY = 5.0
FAILURES = 3
PATIENCE = 4.0  # for one answer
# A region whose functions run serves nobody while its tables are away.
HEALTH = "/api/health/deep/"
State = dict[str, Any]


class Declined(Exception):
    """The site is not moved. The message says why."""


def watch(event: object, context: object) -> dict[str, Any]:
    """Ask for a minute; the number of failures in a row at its end, and the execution that was started, if any."""
    ends, failures = time.monotonic() + MINUTE, 0
    while True:
        began = time.monotonic()
        failures = 0 if is_healthy(os.environ["HOME_URL"] + HEALTH) else failures + 1
        if failures >= FAILURES:
            return {"failures": failures, "execution": start()}
        if not failures:
            replication.beat(os.environ["HOME_REGION"], os.environ["TABLE"])
        if began + EVERY > ends:
            return {"failures": failures, "execution": ""}
        time.sleep(max(0.0, began + EVERY - time.monotonic()))


def start() -> str:
    """Start the state machine; the execution's ARN, or nothing when there is a veto or the site has moved."""
    if is_vetoed() or store().read()["region"] == SECOND:
        return ""
    states = boto3.client("stepfunctions")
    machine = os.environ["STATE_MACHINE_ARN"]
    running = states.list_executions(stateMachineArn=machine, statusFilter="RUNNING", maxResults=1)["executions"]
    if running:
        return str(running[0]["executionArn"])
    began = {"began": now(), "rehearsal": False, "said": []}
    return str(states.start_execution(stateMachineArn=machine, input=json.dumps(began))["executionArn"])


def step(event: dict[str, Any], context: object) -> State:
    """One step of the state machine: the state it leaves."""
    return STEPS[event["step"]](event["state"])


def confirm(state: State) -> State:
    """Ask both regions once more. Raises Declined when the home region answers, the second does not, or by a veto."""
    if is_vetoed():
        raise Declined("there is a veto")
    if not is_healthy(os.environ["SECOND_URL"] + HEALTH):
        raise Declined("the second region is not healthy either")
    if not state["rehearsal"] and any(is_healthy(os.environ["HOME_URL"] + HEALTH) for _ in range(FAILURES)):
        raise Declined("the home region answers again")
    return told(state, "the home region does not answer, the second region is healthy")


def freeze(state: State) -> State:
    """Have CloudFront refuse what writes, so that nothing is acknowledged by a region that is left."""
    return told(put(state, writes="off"), "nothing can be written")


def wait(state: State) -> State:
    """Wait until the second region has what the home region took, or say what is given up."""
    lag = replication.wait(os.environ["HOME_REGION"], os.environ["AWS_REGION"], os.environ["TABLE"])
    return told({**state, "given_up_since": lag.missing_since}, lag.sentence())


def move(state: State) -> State:
    """Have CloudFront send everything to the second region. Raises Declined by a veto."""
    if is_vetoed():
        raise Declined("there is a veto")
    return told(put(state, region=SECOND), "requests go to the second region")


def unfreeze(state: State) -> State:
    """Let be written again, wherever the site is now."""
    return told(put(state, writes="on"), "everything can be written again")


def tell(state: State) -> State:
    """Send what was said to whom the alarms call."""
    what = "a rehearsal of a fail-over" if state["rehearsal"] else "a fail-over"
    why = reason(state["failed"]) if "failed" in state else ""
    lines = [*state["said"], *([f"it stopped, because {why}" if why else ""])]
    text = "\n".join(line for line in lines if line)
    boto3.client("sns").publish(TopicArn=os.environ["TOPIC_ARN"], Subject=f"{os.environ['SITE']}: {what}", Message=text)
    return state


def reason(failed: dict[str, str]) -> str:
    """Why a step failed: what it said itself, or what Lambda says of a step it did not run or end, in plain text."""
    try:
        return str(json.loads(failed["Cause"])["errorMessage"])
    except (ValueError, KeyError, TypeError):
        return " ".join(failed[name] for name in ("Error", "Cause") if failed.get(name))


STEPS: dict[str, Callable[[State], State]] = {
    each.__name__: each for each in (confirm, freeze, wait, move, unfreeze, tell)
}


def put(state: State, **keys: str) -> State:
    """Write keys for CloudFront, unless this is a rehearsal, which reads them instead."""
    if state["rehearsal"]:
        store().read()
    else:
        store().write(**keys)
    return state


def told(state: State, sentence: str) -> State:
    """The state with one sentence more, and when it became true."""
    return {**state, "said": [*state["said"], f"{now()} {sentence}"]}


def store() -> Store:
    """The keys CloudFront reads, with the function's own rights."""
    credentials = boto3.Session().get_credentials()
    return Store(os.environ["STORE_ARN"], credentials, os.environ.get("AWS_ENDPOINT_URL", ""))


def is_vetoed() -> bool:
    """Whether somebody has forbidden a fail-over."""
    try:
        found = boto3.client("ssm").get_parameter(Name=os.environ["VETO"])
    except ClientError as error:
        if error.response["Error"]["Code"] == "ParameterNotFound":
            return False
        raise
    return bool(found["Parameter"]["Value"] != "none")


def is_healthy(url: str) -> bool:
    """Whether 200 is answered in time, or 429: API Gateway refuses a flood, which would follow to the other region."""
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except HTTPError as error:
        return error.code == 429
    except (OSError, HTTPException):  # nothing, or what is no HTTP
        return False


def now() -> str:
    """The time, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
