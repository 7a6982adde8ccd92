"""Runs the checks, prints a table of what they found and writes it to a file."""

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import urllib3
from botocore.exceptions import BotoCoreError, ClientError

from infra.deploy.deployment import DeployError, Deployment
from infra.deploy.release import live_version
from infra.verify.checks import CHECKS, Check
from infra.verify.visitor import CheckFailed, Visitor, visiting

_ERRORS = (CheckFailed, DeployError, BotoCoreError, ClientError, urllib3.exceptions.HTTPError, LookupError, ValueError)


@dataclass(frozen=True)
class Result:
    """What one check found. `seconds` is how long it took."""

    check: str
    is_fine: bool
    seconds: float
    found: str

    def line(self) -> str:
        """As a line of the table."""
        return f"{'fine ' if self.is_fine else 'FAILS'}  {self.check:<22}{self.seconds:6.1f} s  {self.found}"


def results(deployment: Deployment, address: str = "") -> Iterator[Result]:
    """Each check as it ends; one that fails stops no other. What they made is deleted at the end."""
    with visiting(deployment, address) as visitor:
        for name, check in CHECKS.items():
            yield _result(name, check, visitor)


def _result(name: str, check: Check, visitor: Visitor) -> Result:
    begun = time.monotonic()
    try:
        found, is_fine = check(visitor), True
    except _ERRORS as error:
        found, is_fine = str(error) or repr(error), False
    return Result(name, is_fine, round(time.monotonic() - begun, 1), found)


def write(deployment: Deployment, found: list[Result], path: Path) -> None:
    """Write the results as JSON, without keys and tokens."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "stage": deployment.stage,
        "region": deployment.region,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "embedded": deployment.embedded,
        "version": live_version(deployment),
        "checks": [asdict(each) for each in found],
    }
    path.write_text(json.dumps(content, indent=2) + "\n")
