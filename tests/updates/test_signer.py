"""The function that renews timestamps."""

import json
from datetime import timedelta

import pytest

from tests.updates.publishing import Operator
from updates import bucket, repository, signer


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, operator: Operator) -> None:
    """There is no other product."""
    monkeypatch.setattr(bucket, "products", lambda: [operator.product])


def test_it_renews_and_says_how_long_all_is_good_for(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    operator.publish("1.0.0")
    before = operator.version_of("timestamp")
    left = signer.handler({}, None)
    assert operator.version_of("timestamp") > before
    assert 6.9 < left["timestamp"] <= 7
    assert 364 < min(left["root"], left["targets"], left["snapshot"]) <= 365
    said = json.loads(capsys.readouterr().out)
    [told] = said["_aws"]["CloudWatchMetrics"]
    assert told["Metrics"] == [{"Name": "TimestampDaysLeft"}, {"Name": "OtherDaysLeft"}]
    assert said["TimestampDaysLeft"] == left["timestamp"]
    assert operator.told().custom["version"] == "1.0.0"


def test_it_needs_no_key_but_that_of_timestamps(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    """To renew; to say how long the rest is good for, it only reads what root's keys and the operators' have signed."""
    monkeypatch.setenv("UPDATES_TARGETS_KEYS", "")
    before = operator.version_of("timestamp")
    signer.handler({}, None)
    assert operator.version_of("timestamp") > before


def test_what_ends_soon_is_told(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(repository.LIFETIMES, "targets", timedelta(days=20))
    operator.publish("1.0.0")
    signer.handler({}, None)
    assert 19 < json.loads(capsys.readouterr().out)["OtherDaysLeft"] <= 20


def test_a_product_that_is_damaged_stops_no_other(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = Operator(operator.folder)
    other.create()
    monkeypatch.setattr(bucket, "products", lambda: [other.product, operator.product])
    good = other.read("timestamp")
    other.put("timestamp", b"damaged")
    before = operator.version_of("timestamp")
    with pytest.raises(RuntimeError, match=other.product):
        signer.handler({}, None)
    assert operator.version_of("timestamp") > before
    assert "TimestampDaysLeft" in capsys.readouterr().out
    other.put("timestamp", good)  # other tests list all products


def test_who_publishes_meanwhile_is_not_undone(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    read = repository._timestamp

    def and_then_publish(product: str) -> object:
        found = read(product)
        monkeypatch.setattr(repository, "_timestamp", read)
        operator.publish("1.0.0")
        return found

    monkeypatch.setattr(repository, "_timestamp", and_then_publish)
    assert repository.renew(operator.product) is None
    assert operator.told().custom["version"] == "1.0.0"
