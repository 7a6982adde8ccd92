"""One cold start: `python -m benchmarks.cold STACK OPERATION`. Says CPU milliseconds to the first answer, and memory.

What the bench itself needs is imported before the clock starts, and it is what every stack would import.
"""

import json
import sys
import time
from importlib import import_module

from benchmarks.fixtures import Context, private_key, request, token
from benchmarks.memory import peak


def main() -> None:
    """Import the stack, answer, say what it took."""
    event = request(sys.argv[2], token(private_key()))
    began = time.process_time()
    stack = import_module(f"benchmarks.stacks.{sys.argv[1]}")
    imported = time.process_time()
    answer = stack.handler(event, Context())
    done = time.process_time()
    assert answer["statusCode"] == 200, answer
    print(json.dumps({"init": (imported - began) * 1e3, "first": (done - imported) * 1e3, "memory": peak()}))


if __name__ == "__main__":
    main()
