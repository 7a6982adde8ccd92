"""The function that renews timestamps."""

from datetime import timedelta
from typing import Any

import pytest

from tests.updates.publishing import Operator, run
from updates import repository, signer


def test_it_renews(operator: Operator) -> None:
    operator.publish("1.0.0")
    before = operator.version_of("timestamp")
    signer.handler({}, None)
    assert operator.version_of("timestamp") > before
    assert operator.told().custom["version"] == "1.0.0"


def test_it_needs_no_key_but_that_of_timestamps(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    """To renew; to say how long the rest is good for, it only reads what root's keys and the operators' have signed."""
    monkeypatch.setenv("UPDATES_TARGETS_KEYS", "")
    before = operator.version_of("timestamp")
    signer.handler({}, None)
    assert operator.version_of("timestamp") > before


@pytest.mark.parametrize("role", ["snapshot", "targets", "root"])
def test_what_expires_soon_is_told_and_renewed_all_the_same(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    """An alarm rings for its error."""
    monkeypatch.setitem(repository.LIFETIMES, role, timedelta(days=29))
    operator.publish("1.0.0")
    if role == "root":
        root = ["--root-key", str(operator.folder / "root.pem"), "--draft", str(operator.folder / "draft.json")]
        run("rotate", "--product", operator.product, *root)
    before = operator.version_of("timestamp")
    with pytest.raises(RuntimeError, match=f"{operator.product}: expires on"):
        signer.handler({}, None)
    assert operator.version_of("timestamp") > before


def test_a_product_that_is_damaged_stops_no_other(operator: Operator) -> None:
    other = Operator(operator.folder)
    other.create()
    other.put("timestamp", b"damaged")
    before = operator.version_of("timestamp")
    with pytest.raises(RuntimeError, match=other.product):
        signer.handler({}, None)
    assert operator.version_of("timestamp") > before


def test_who_publishes_meanwhile_is_not_undone(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    read = repository.trusted

    def and_then_publish(*wanted: Any) -> object:
        found = read(*wanted)
        monkeypatch.setattr(repository, "trusted", read)
        operator.publish("1.0.0")
        return found

    monkeypatch.setattr(repository, "trusted", and_then_publish)
    repository.renew(operator.product)
    assert operator.told().custom["version"] == "1.0.0"
