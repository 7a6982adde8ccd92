"""One stack in a process of its own: `python -m benchmarks.worker STACK`, asked through standard input.

Each line asks for an operation, {"operation": "list", "times": 100, "fresh": false}; each answer is the CPU time of
each call in microseconds. CPU time, because others may be using the machine.
"""

import copy
import gc
import json
import sys
import time
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from benchmarks.fixtures import OPERATIONS, Context, private_key, request, token

STATUS = {"create": 201}


def main() -> None:
    """Answer until the input ends."""
    stack = import_module(f"benchmarks.stacks.{sys.argv[1]}")
    key = private_key()
    bearer = token(key)
    say({operation: check(stack, operation, bearer) for operation in OPERATIONS})
    for line in sys.stdin:
        asked = json.loads(line)
        say(measure(stack.handler, **{"key": key, "bearer": bearer, **asked}))


def check(stack: ModuleType, operation: str, bearer: str) -> dict[str, Any]:
    """What an operation answers and asks of DynamoDB: a fast wrong answer is no result."""
    answer, facts = seen(stack, request(operation, bearer))
    assert answer["statusCode"] == STATUS.get(operation, 200), (operation, answer)
    content = json.loads(answer["body"])
    if operation in {"list", "posts"}:
        assert len(content) == 25
        content = content[3]
    assert content["title"] == {"list": "To-do number 3", "get": "To-do number 3", "create": "Write the report"}.get(
        operation, "Post number 3"
    )
    if operation != "create" and (tag := answer.get("multiValueHeaders", {}).get("ETag")):
        answer, facts["unchanged"] = seen(stack, request(operation, bearer, **{"If-None-Match": tag[0]}))
        assert answer["statusCode"] == 304, (operation, answer)
    return facts


def seen(stack: ModuleType, event: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The answer to an event, and what is to be told of it."""
    stack.stub.requests = []
    answer = stack.handler(event, Context())
    sent, stack.stub.requests = stack.stub.requests, None
    return answer, {"bytes": len(answer["body"].encode()), "requests": [name for name, _ in sent]}


def measure(
    handler: Callable[[dict[str, Any], Context], object],
    operation: str,
    times: int,
    key: RSAPrivateKey,
    bearer: str,
    fresh: bool = False,
    **headers: str,
) -> Any:
    """CPU microseconds of each of so many calls; with `fresh`, each with a token nobody has seen."""
    events = [request(operation, token(key) if fresh else bearer, **headers) for _ in range(times)]
    events = [copy.deepcopy(event) for event in events]
    context, taken = Context(), []
    gc.collect()
    for event in events:
        begun = time.process_time_ns()
        handler(event, context)
        taken.append((time.process_time_ns() - begun) / 1000)
    return taken


def say(content: object) -> None:
    """One line of JSON."""
    print(json.dumps(content), flush=True)


if __name__ == "__main__":
    main()
