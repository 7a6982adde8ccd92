"""A new version for a part of the calls first, judged by what CloudWatch counts, then for all or for none."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.deploy import release
from infra.deploy.deployment import ALIAS, DeployError, Deployment, say

MINUTES = 10
LOOK_EVERY_SECONDS = 30
LEAST_CALLS = 20  # fewer say nothing
MOST_ERRORS = 0.01  # of the calls, above what the live version has
SLOWER = 1.5  # times the live version's p95
LEAST_SLOWER_MS = 200  # a difference below this is noise


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
    """Shift, watch, then promote. Raises DeployError when the version is worse than the live one, which then stays."""
    live = release.live_version(deployment)
    if not live:
        release.go_live(deployment, version)
        return
    minutes = float(deployment.options.get("canary_minutes", MINUTES))
    say(f"version {version} takes {percent} % of the calls for {minutes:g} minutes")
    began = datetime.now(UTC)
    release.shift(deployment, version, percent / 100)
    try:
        verdict = watch(deployment, live, version, began, minutes)
    except BaseException:
        release.go_live(deployment, live)
        raise
    if verdict:
        release.go_live(deployment, live)
        raise DeployError(f"Version {version} was taken back and version {live} has all calls again: {verdict}")
    release.go_live(deployment, version)


def watch(deployment: Deployment, live: str, version: str, began: datetime, minutes: float) -> str:
    """Why the version is to be taken back, as soon as that is clear; nothing when it is no worse at the end."""
    every = float(deployment.options.get("canary_look_seconds", LOOK_EVERY_SECONDS))
    end = time.monotonic() + minutes * 60
    while True:
        new = counts(deployment, version, began)
        if verdict := judge(counts(deployment, live, began), new):
            return verdict
        if time.monotonic() >= end:
            break
        time.sleep(min(every, max(0.0, end - time.monotonic())))
    if new.calls < LEAST_CALLS:
        say(f"it got {new.calls:.0f} calls, too few to judge it by: watch the dashboard")
    return ""


def judge(live: Counts, new: Counts) -> str:
    """What is worse about the new version, or nothing."""
    if new.calls < LEAST_CALLS:
        return ""
    if new.error_rate > live.error_rate + MOST_ERRORS:
        return f"{new.error_rate:.1%} of its calls failed, of the live version's {live.error_rate:.1%}"
    if live.p95_ms and new.p95_ms > max(live.p95_ms * SLOWER, live.p95_ms + LEAST_SLOWER_MS):
        return f"its p95 is {new.p95_ms:.0f} ms, the live version's {live.p95_ms:.0f} ms"
    return ""


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
    extended = statistic.startswith("p")
    which: dict[str, Any] = {"ExtendedStatistics" if extended else "Statistics": [statistic]}
    answer = deployment.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=began - timedelta(minutes=1),
        EndTime=datetime.now(UTC) + timedelta(minutes=1),
        Period=60,
        **which,
    )
    points = answer["Datapoints"]
    if extended:
        return max((point["ExtendedStatistics"][statistic] for point in points), default=0.0)
    return float(sum(point[statistic] for point in points))
