"""A canary's verdict, by simulation: the same code stays, a version that fails or is slow is taken back.

Latencies are lognormal with a long tail, as those of functions are; of ten requests the canary gets one.
"""

import random

import pytest

from infra.deploy import canary
from infra.deploy.canary import LEAST_CALLS, Counts

RUNS = 400
SHARE = 0.1
LIVE_ERRORS = 0.001


def measured(rng: random.Random, calls: int, *, slower: float = 1.0, errors: float = LIVE_ERRORS) -> Counts:
    """What CloudWatch would count of so many calls."""
    durations = sorted(slower * rng.lognormvariate(3.5, 0.9) for _ in range(calls))
    return Counts(calls, sum(rng.random() < errors for _ in range(calls)), durations[int(calls * 0.95)])


def taken_back(calls: int, *, slower: float = 1.0, errors: float = LIVE_ERRORS) -> float:
    """The part of canaries with so many calls that are taken back."""
    rng = random.Random(20261128)
    verdicts = [
        canary.judge(
            measured(rng, round(calls * (1 - SHARE) / SHARE)), measured(rng, calls, slower=slower, errors=errors)
        )
        for _ in range(RUNS)
    ]
    return sum(bool(verdict) for verdict in verdicts) / RUNS


def test_the_same_code_is_taken_back_in_less_than_one_of_a_hundred() -> None:
    assert taken_back(LEAST_CALLS) < 0.01


def test_a_version_twice_as_slow_is_taken_back() -> None:
    assert taken_back(LEAST_CALLS, slower=2) > 0.95


def test_a_version_that_fails_two_of_a_hundred_is_taken_back() -> None:
    assert taken_back(LEAST_CALLS, errors=0.02) > 0.95


@pytest.mark.parametrize(("per_second", "times"), [(1, 9), (5, 2)])
def test_a_quiet_site_is_watched_until_that_many_calls_came(per_second: int, times: int) -> None:
    """At one request a second for an hour and a half, at five for twelve minutes."""
    minutes = LEAST_CALLS / (per_second * SHARE) / 60
    assert minutes <= canary.MINUTES * times <= canary.MINUTES * canary.LONGEST


@pytest.mark.parametrize(
    ("live", "new", "verdict"),
    [
        (Counts(5000, 0, 80), Counts(500, 0, 90), ""),
        (Counts(5000, 0, 80), Counts(500, 25, 80), "5.0% of its calls failed, of the live version's 0.0%"),
        (Counts(5000, 250, 80), Counts(500, 25, 80), ""),
        (Counts(5000, 0, 200), Counts(500, 0, 500), "its p95 is 500 ms, the live version's 200 ms"),
        (Counts(5000, 0, 80), Counts(500, 0, 160), "its p95 is 160 ms, the live version's 80 ms"),
        (Counts(5000, 0, 8), Counts(500, 0, 20), ""),
        (Counts(), Counts(500, 0, 800), ""),
    ],
    ids=["as good", "fails", "fails no more", "slow", "twice as slow", "slow by a little", "alone"],
)
def test_it_judges_a_version_by_the_live_one(live: Counts, new: Counts, verdict: str) -> None:
    assert canary.judge(live, new) == verdict


@pytest.mark.parametrize(
    ("new", "plain"), [(Counts(20, 15), True), (Counts(20, 5), False), (Counts(400, 12), False), (Counts(), False)]
)
def test_only_what_is_broken_is_taken_back_before_the_end(new: Counts, plain: bool) -> None:
    assert canary.fails_plainly(new) == plain
