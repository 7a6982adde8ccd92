"""The functions of a new account: ten at once, none of them reserved, each ended at its time-out."""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from botocore.config import Config

from infra.local.emulator import Emulator
from infra.local.processes import free_port
from tests.local.account import Account, refusal
from tests.waiting import until

CODE = "import time\n\n\ndef handler(event, context):\n    time.sleep(event['seconds'])\n    return event\n"
ONCE = Config(retries={"total_max_attempts": 1})


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account that may run one function at once, so that two are too many."""
    with pytest.MonkeyPatch.context() as variables:
        variables.setenv("LAMBDA_ACCOUNT_CONCURRENCY", "1")
        with Emulator(free_port(), tmp_path_factory.mktemp("aws"), persist=False) as emulator:
            yield Account(emulator)


class Function:
    """A function that sleeps as long as it is told to, at most for its time-out."""

    def __init__(self, account: Account, timeout: int) -> None:
        self.name, self.functions = f"function-{uuid4()}", account.client("lambda", config=ONCE)
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("index.py", CODE)
        self.functions.create_function(
            FunctionName=self.name,
            Runtime="python3.11",
            Handler="index.handler",
            Role="arn:aws:iam::000000000000:role/all",
            Code={"ZipFile": code.getvalue()},
            Timeout=timeout,
        )
        self.functions.get_waiter("function_active_v2").wait(FunctionName=self.name, WaiterConfig={"Delay": 1})

    def invoke(self, seconds: float, kind: str = "RequestResponse") -> Any:
        """Call it."""
        payload = json.dumps({"seconds": seconds}).encode()
        return self.functions.invoke(FunctionName=self.name, InvocationType=kind, Payload=payload)

    def is_refused(self) -> bool:
        """Whether a call at this moment is one too many."""
        try:
            self.invoke(0)
        except self.functions.exceptions.TooManyRequestsException:
            return True
        return False


def test_a_call_too_many_is_refused_until_there_is_room(account: Account) -> None:
    function = Function(account, timeout=30)
    function.invoke(4, "Event")
    until(function.is_refused)
    until(lambda: not function.is_refused())


def test_a_function_ends_at_its_time_out(account: Account) -> None:
    answer = Function(account, timeout=1).invoke(20)
    assert answer["FunctionError"] == "Unhandled"
    assert "timed out" in answer["Payload"].read().decode()


def test_nothing_is_reserved_that_the_account_needs(account: Account) -> None:
    function = Function(account, timeout=3)

    def reserve(number: int) -> object:
        return function.functions.put_function_concurrency(
            FunctionName=function.name, ReservedConcurrentExecutions=number
        )

    assert refusal(lambda: reserve(1)) == "InvalidParameterValueException"
    reserve(0)
    assert function.is_refused()
