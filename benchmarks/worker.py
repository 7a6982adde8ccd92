"""One stack in a process of its own: `python -m benchmarks.worker STACK [OPERATION]`; node/worker.js is Node.js'.

With an operation it answers that one, and says CPU milliseconds to this first answer, and memory: what the bench itself
needs is imported before the clock starts, and it is what every stack would import. Without one it is asked through
standard input. Each line asks for an operation, {"operation": "list", "times": 100, "fresh": false}; each answer is the
CPU time of each call in microseconds. CPU time, because others may be using the machine.
"""

import gc
import json
import sys
import time
from importlib import import_module
from types import ModuleType
from typing import Any

from benchmarks.fixtures import OPERATIONS, Context, private_key, request, token
from benchmarks.memory import peak

STATUS = {"create": 201}
TITLES = {"list": "To-do number 3", "get": "To-do number 3", "create": "Write the report"}


def main() -> None:
    """Answer once, or until the input ends."""
    stack, *operations = sys.argv[1:]
    bearer = token(private_key())
    if operations:
        say(cold_start(stack, request(operations[0], bearer)))
        return
    running = import_module(f"benchmarks.stacks.{stack}")
    say({operation: check(running, operation, bearer) for operation in OPERATIONS})
    for line in sys.stdin:
        say(measure(running, bearer, **json.loads(line)))


def cold_start(stack: str, event: dict[str, Any]) -> dict[str, float]:
    """Import the stack and answer; milliseconds and MiB."""
    began = time.process_time()
    answer = import_module(f"benchmarks.stacks.{stack}").handler(event, Context())
    done = time.process_time()
    assert answer["statusCode"] == 200, answer
    return {"first": (done - began) * 1e3, "memory": peak()}


def check(stack: ModuleType, operation: str, bearer: str) -> dict[str, Any]:
    """What an operation answers and asks of DynamoDB: a fast wrong answer is no result."""
    answer, facts = seen(stack, request(operation, bearer))
    assert answer["statusCode"] == STATUS.get(operation, 200), (operation, answer)
    content = json.loads(answer["body"])
    if operation in {"list", "posts"}:
        assert len(content) == 25
        content = content[3]
    assert content["title"] == TITLES.get(operation, "Post number 3")
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


def measure(stack: ModuleType, bearer: str, operation: str, times: int, fresh: bool = False) -> list[float]:
    """CPU microseconds of each of so many calls; with `fresh`, each with a token nobody has seen."""
    events = [request(operation, token(private_key()) if fresh else bearer) for _ in range(times)]
    handler, context, taken = stack.handler, Context(), []
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
