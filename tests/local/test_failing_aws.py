"""The embedded AWS fails as AWS may: throttled, or a region that is off."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError

from infra.local.emulator import Emulator
from infra.local.processes import free_port
from infra.local.strict.throttling import PATH
from tests.local.account import TABLE, Account, refusal


def throttle(account: Account, **rates: float) -> None:
    """Set the rates of throttling."""
    body = json.dumps({name.replace("_", "-"): rate for name, rate in rates.items()}).encode()
    urlopen(Request(f"{account.endpoint_url}{PATH}", body), timeout=5).close()


@pytest.fixture
def no_retries(account: Account) -> Iterator[Callable[[Any], Any]]:
    """Clients that try once; nothing is throttled afterwards."""
    yield lambda service: account.client(service, config=Config(retries={"total_max_attempts": 1}))
    throttle(account)


def test_a_table_is_throttled(account: Account, no_retries: Callable[[Any], Any]) -> None:
    for name in ("slow-table", "quick-table"):
        assert account.create("AWS::DynamoDB::Table", {"TableName": name, **TABLE}) == ""
    dynamodb, key = no_retries("dynamodb"), {"id": {"S": "1"}}
    throttle(account, slow_table=1)
    requests: list[Callable[[], object]] = [
        lambda: dynamodb.get_item(TableName="slow-table", Key=key),
        lambda: dynamodb.batch_get_item(RequestItems={"slow-table": {"Keys": [key]}}),
        lambda: dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": "slow-table", "Item": key}}]),
    ]
    assert {refusal(act) for act in requests} == {"ProvisionedThroughputExceededException"}
    dynamodb.put_item(TableName="quick-table", Item=key)
    dynamodb.describe_table(TableName="slow-table")
    throttle(account, slow_table=0)
    assert "Item" not in dynamodb.get_item(TableName="slow-table", Key=key)


def test_a_queue_is_throttled_at_a_rate(account: Account, no_retries: Callable[[Any], Any]) -> None:
    sqs = no_retries("sqs")
    queue = sqs.create_queue(QueueName="slow-queue")["QueueUrl"]
    throttle(account, slow_queue=0.5)
    outcomes: set[str] = set()
    while len(outcomes) < 2:  # endless where all or none is throttled, which the time limit of a test ends
        try:
            sqs.send_message(QueueUrl=queue, MessageBody="it")
            outcomes.add("accepted")
        except ClientError as error:
            outcomes.add(error.response["Error"]["Code"])
    assert outcomes == {"accepted", "RequestThrottled"}


@pytest.mark.parametrize("rates", ["[]", '{"it": 2}', '{"it": "often"}', "{"])
def test_rates_that_are_none_change_nothing(account: Account, rates: str) -> None:
    with pytest.raises(HTTPError, match="400"):
        urlopen(Request(f"{account.endpoint_url}{PATH}", rates.encode()), timeout=5)


def test_rates_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRICT_THROTTLING", '{"it": 1}')
    with Emulator(free_port(), tmp_path, persist=False) as emulator:
        dynamodb = Account(emulator).client("dynamodb", config=Config(retries={"total_max_attempts": 1}))
        code = refusal(lambda: dynamodb.get_item(TableName="it", Key={"id": {"S": "1"}}))
    assert code == "ProvisionedThroughputExceededException"


def test_a_region_that_is_off_does_not_answer(tmp_path: Path) -> None:
    config = Config(read_timeout=1, retries={"total_max_attempts": 1})
    with Emulator(free_port(), tmp_path, persist=False) as emulator:
        (tmp_path / "off.json").write_text(json.dumps({"regions": ["eu-central-1"], "apis": []}))
        account = Account(emulator)
        with pytest.raises(ReadTimeoutError):
            account.client("dynamodb", config=config).list_tables()
        account.client("dynamodb", config=config, region_name="us-east-1").list_tables()
