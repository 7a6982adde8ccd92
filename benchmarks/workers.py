"""The stacks' processes, and what a run of them says."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import node_peer
from benchmarks.fixtures import REGION, private_key
from benchmarks.packages import package
from infra.deploy.deployment import SERVICES

PROJECT_DIR = Path(__file__).resolve().parent.parent
OWN_PYTHON, PEERS_PYTHON = sys.executable, str(PROJECT_DIR / ".venv-bench" / "bin" / "python")

# Chalice first: what the others are measured by.
STACKS = {
    "chalice": "Chalice, boto3 Table",
    "powertools": "Powertools, boto3 Table",
    "fast_api": "FastAPI (async), Mangum, boto3 Table",
    "plain": "plain function, botocore client",
    "node": "Node.js: Hono, AWS SDK v3",
    "product": "this project",
}


@dataclass
class Worker:
    """A stack's process, and the times it has said: microseconds of CPU by operation."""

    process: "subprocess.Popen[str]"
    facts: dict[str, Any] = field(default_factory=dict)
    times: dict[str, list[float]] = field(default_factory=dict)

    def hear(self) -> Any:
        """The next line it says."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.process.args!r} ended: see above.")
        return json.loads(line)

    def ask(self, label: str, times: int, **asked: object) -> None:
        """Have it answer an operation so often."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"times": times, **asked}) + "\n")
        self.process.stdin.flush()
        self.times.setdefault(label, []).extend(self.hear())

    def median(self, label: str) -> float:
        """Of all its times."""
        return median(self.times[label])


def environment() -> dict[str, str]:
    """What every stack's process starts with."""
    private_key()  # sets BENCH_KEY
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))},
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret" * 6, "AWS_SESSION_TOKEN": "token" * 80,
        "AWS_DEFAULT_REGION": REGION, "AWS_REGION": REGION, "AWS_LAMBDA_FUNCTION_NAME": "bench",
        "PYTHONPATH": str(PROJECT_DIR),
    }  # fmt: skip


def command_of(
    stack: str, operation: str = "", services: tuple[str, ...] = SERVICES
) -> tuple[list[str], dict[str, str]]:
    """What starts a stack's process, to be asked or to answer an operation once, and the variables it needs besides.

    The product's, and what it is measured by, runs in its package.
    """
    once = [operation] if operation else []
    if stack == "node":
        return node_peer.command(*once), node_peer.variables()
    program = ["-m", "benchmarks.worker", stack, *once]
    if stack in STACKS and stack != "product":
        return [PEERS_PYTHON, *program], {}
    # Without site-packages: what is not packed is not there.
    return [OWN_PYTHON, "-S", *program], {
        "PYTHONPATH": str(package(services).folder),
        "SERVICES": ",".join(services),
    }


@contextmanager
def workers(stacks: list[str]) -> Iterator[dict[str, Worker]]:
    """A process for each stack, ended with the block."""
    with ExitStack() as block:
        stacks = [stack for stack in stacks if stack != "node" or node_peer.is_there()]
        commands = {stack: command_of(stack) for stack in stacks}
        running = {stack: start(command, block, **needed) for stack, (command, needed) in commands.items()}
        for worker in running.values():
            worker.facts = worker.hear()
        yield running


def start(command: list[str], block: ExitStack, **variables: str) -> Worker:
    """A process to ask, ended with the block; its facts are still to be heard."""
    process = subprocess.Popen(
        command,
        cwd=PROJECT_DIR / "build",  # not where the source is, which Python would take before a package's
        env=environment() | variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    block.callback(process.wait)
    block.callback(process.terminate)
    return Worker(process)


def cold_start(stack: str, services: tuple[str, ...] = SERVICES, operation: str = "list") -> tuple[float, float]:
    """CPU milliseconds and MiB a fresh process takes to its first answer."""
    command, needed = command_of(stack, operation, services)
    done = subprocess.run(
        command, env=environment() | needed, cwd=PROJECT_DIR / "build", stdout=subprocess.PIPE, check=True
    )
    said = json.loads(done.stdout.splitlines()[-1])
    return said["first"], said["memory"]
