"""A new version for a part of the requests first, judged by what CloudWatch counts, then for all or for none.

Only HTTP is judged: queues and streams call the alias `events`, which moves when the new version has all requests.
"""

import math
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.deploy import release
from infra.deploy.deployment import ALIAS, DeployError, Deployment, say

MINUTES = 10
LONGEST = 12  # so many times as long it is watched at most, until it has had LEAST_CALLS
LOOK_EVERY_SECONDS = 30
LEAST_CALLS = 500  # with fewer, a version that fails or is slow can't be told from an unlucky one
BY_CHANCE = 0.002  # of so many watches, a version as good as the live one fails fewer than one by chance
LEAST_ERRORS = 4
SLOWER = 1.5  # times the live version's p95
LEAST_SLOWER_MS = 20  # a difference below this is noise
# A watch ends early at so many errors, if they are also that part of the calls.
PLAIN_ERRORS, PLAIN_RATE = 10, 0.2


@dataclass(frozen=True)
class Counts:
    """What one version did while it was watched."""

    calls: float = 0
    errors: float = 0
    p95_ms: float = 0

    @property
    def error_rate(self) -> float:
        """Errors for each call; none without calls."""
        return self.errors / self.calls if self.calls else 0.0


def run(deployment: Deployment, version: str, percent: int) -> None:
    """Shift, watch, then promote. Raises DeployError when the version is worse than the live one, which then stays.

    And when somebody has deployed or rolled back meanwhile: that stays.
    """
    now = release.alias(deployment)
    if not now:
        release.go_live(deployment, version)
        return
    live = now["FunctionVersion"]
    minutes = float(deployment.options.get("canary_minutes", MINUTES))
    say(f"version {version} takes {percent} % of the calls for {minutes:g} minutes")
    began = datetime.now(UTC)
    revision = release.shift(deployment, version, percent / 100, over=now["RevisionId"])
    try:
        verdict = watch(deployment, live, version, began, minutes)
    except BaseException:
        _take_back(deployment, live, version, percent, revision)
        say(f"version {version} was taken back and version {live} has all calls again")
        raise
    if verdict:
        _take_back(deployment, live, version, percent, revision)
        raise DeployError(f"Version {version} was taken back and version {live} has all calls again: {verdict}")
    release.go_live(deployment, version, over=revision)


def _take_back(deployment: Deployment, live: str, version: str, percent: int, revision: str) -> None:
    """Give the live version all calls again. Raises DeployError when that fails, as with credentials that expired.

    And when that is interrupted, as without a network, where it takes minutes to fail.
    """
    try:
        release.go_live(deployment, live, over=revision)
    except (BotoCoreError, ClientError, KeyboardInterrupt) as error:
        what = f"Version {version} may still have {percent} % of the calls ({str(error) or 'interrupted'})"
        # A rollback takes back a release where no canary is left.
        raise DeployError(f"{what}: see `python -m infra.deploy releases {deployment.stage}`.") from None


def watch(deployment: Deployment, live: str, version: str, began: datetime, minutes: float) -> str:
    """Why the version is to be taken back; nothing when it is no worse at the end.

    It is watched for `minutes`, and on until it has had LEAST_CALLS, but no longer than LONGEST times as long.
    """
    every = float(deployment.options.get("canary_look_seconds", LOOK_EVERY_SECONDS))
    start = time.monotonic()
    while True:
        new = counts(deployment, version, began)
        passed = time.monotonic() - start
        if fails_plainly(new):
            break
        if passed >= minutes * 60 and (new.calls >= LEAST_CALLS or passed >= minutes * 60 * LONGEST):
            break
        time.sleep(min(every, max(0.0, minutes * 60 * LONGEST - passed)))
    if new.calls < LEAST_CALLS and not fails_plainly(new):
        say(f"it got {new.calls:.0f} calls, too few to judge it by: watch the dashboard")
        return ""
    return judge(counts(deployment, live, began), new)


def fails_plainly(new: Counts) -> bool:
    """Whether nobody has to wait for the end to see that it is broken."""
    return new.errors >= PLAIN_ERRORS and new.error_rate >= PLAIN_RATE


def judge(live: Counts, new: Counts) -> str:
    """What is worse about the new version, or nothing."""
    # One error more than the live version had, so that zero errors are not taken for a rate of zero.
    expected = (live.errors + 1) / (live.calls + 1) * new.calls
    if new.errors >= LEAST_ERRORS and chance(new.errors, expected) < BY_CHANCE:
        return f"{new.error_rate:.1%} of its calls failed, of the live version's {live.error_rate:.1%}"
    if live.p95_ms and new.p95_ms > max(live.p95_ms * SLOWER, live.p95_ms + LEAST_SLOWER_MS):
        return f"its p95 is {new.p95_ms:.0f} ms, the live version's {live.p95_ms:.0f} ms"
    return ""


def chance(errors: float, expected: float) -> float:
    """How likely so many errors or more are where `expected` of them come on average (Poisson)."""
    fewer = sum(math.exp(k * math.log(expected) - expected - math.lgamma(k + 1)) for k in range(math.ceil(errors)))
    return max(0.0, 1 - fewer)


def counts(deployment: Deployment, version: str, began: datetime) -> Counts:
    """What CloudWatch counted for a version since then.

    Django's 500 is no error to Lambda, so the errors in the function's log count as well.
    """
    lambda_dimensions = {
        "FunctionName": deployment.function,
        "Resource": f"{deployment.function}:{ALIAS}",
        "ExecutedVersion": version,
    }
    calls = _statistic(deployment, "AWS/Lambda", "Invocations", lambda_dimensions, "Sum", began)
    failed = _statistic(deployment, "AWS/Lambda", "Errors", lambda_dimensions, "Sum", began)
    logged = _statistic(deployment, deployment.function, "Errors", {"Version": version}, "Sum", began)
    p95 = _statistic(deployment, "AWS/Lambda", "Duration", lambda_dimensions, "p95", began)
    return Counts(calls, failed + logged, p95)


def _statistic(
    deployment: Deployment, namespace: str, metric: str, dimensions: dict[str, str], statistic: str, began: datetime
) -> float:
    """One value for the whole watch: a p95 by the minute would be that of a few calls."""
    extended = statistic.startswith("p")
    which: dict[str, Any] = {"ExtendedStatistics" if extended else "Statistics": [statistic]}
    start = began.replace(second=0, microsecond=0)
    minutes = math.ceil((datetime.now(UTC) - start) / timedelta(minutes=1)) + 1
    answer = deployment.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=start,
        EndTime=start + timedelta(minutes=minutes),
        Period=60 * minutes,
        **which,
    )
    points = answer["Datapoints"]
    if extended:
        return max((point["ExtendedStatistics"][statistic] for point in points), default=0.0)
    return float(sum(point[statistic] for point in points))
