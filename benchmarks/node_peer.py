"""The peer of Node.js: installed from its own lock file and bundled by esbuild, if there is Node.js."""

import json
import shutil
import subprocess
from functools import cache
from pathlib import Path

from benchmarks.fixtures import CLIENT, HOST, OPERATIONS, TABLE_PREFIX, Stub, jwks, private_key, request, token

SOURCE = Path(__file__).with_name("node")
FOLDER = SOURCE.parent.parent / "build" / "tools" / "node"
BUNDLE = FOLDER / "build" / "app.js"


@cache
def is_there() -> bool:
    """Whether it can be asked; what is missing is said."""
    if not (shutil.which("node") and shutil.which("npm")):
        print("Without the peer of Node.js: there is no node here.")
        return False
    shutil.copytree(SOURCE, FOLDER, dirs_exist_ok=True)
    commands = ["npm ci --ignore-scripts --no-audit --no-fund --silent", "npm run build --silent"]
    if any(
        subprocess.run(each.split(), cwd=FOLDER, stderr=subprocess.DEVNULL, check=False).returncode for each in commands
    ):
        print("Without the peer of Node.js: npm could not install it.")
        return False
    return True


def command(*arguments: str) -> list[str]:
    """What starts it."""
    return ["node", str(FOLDER / "worker.js"), str(BUNDLE), *arguments]


@cache
def variables() -> dict[str, str]:
    """What it gets of the fixtures: the user pool's keys, events, and DynamoDB's answers by operation and table."""
    stub, bearer, answers = Stub(), token(private_key()), {}
    for operation in ("Query", "GetItem", "PutItem"):
        for table in ("todos", "posts"):
            asked = json.dumps({"TableName": f"{TABLE_PREFIX}{table}"}, separators=(",", ":")).encode()
            body, headers = stub(operation, asked)
            answers[f"{operation} {table}"] = {"body": body.decode(), "headers": headers}
    given = {
        "answers": answers, "client": CLIENT, "jwks": jwks(private_key()), "pool": "us-east-1_Bench",
        "posts": f"https://{HOST}/production/api/blog/posts/", "prefix": TABLE_PREFIX,
        "todos": f"https://{HOST}/production/api/todos/",
    }  # fmt: skip
    events = {operation: request(operation, bearer) for operation in OPERATIONS}
    return {"BENCH_GIVEN": json.dumps(given), "BENCH_EVENTS": json.dumps(events), "NODE_NO_WARNINGS": "1"}
