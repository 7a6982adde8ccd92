"""Starts a package with nothing else on Python's path and asks it: `python -I -S isolated.py FOLDER < variables.json`.

It answers with JSON: the status of some requests, and which of the package's modules were imported.
"""

import json
import os
import sys
from typing import Any

FOLDER = sys.argv[1]
PATHS = ("/api/health/", "/api/schema/", "/api/todos/", "/api/blog/posts/x/", "/api/media/uploads/", "/api/none/")


def ask(handler: Any, path: str) -> int:
    """The status of a GET through the Lambda entry."""
    context = {"path": f"/production{path}", "identity": {"sourceIp": "203.0.113.7"}}
    event = {"httpMethod": "GET", "path": path, "headers": {"host": "site.example"}, "requestContext": context}
    status: int = handler(event, None)["statusCode"]
    return status


def main() -> None:
    """Start as Lambda does, then ask."""
    sys.path.insert(0, FOLDER)
    os.environ.update(json.load(sys.stdin))
    os.environ["LOG_LEVEL"] = "CRITICAL"
    from config.lambda_handler import ROUTES, handler

    statuses = {path: ask(handler, path) for path in PATHS}
    for target in ROUTES.values():
        if target.split(".")[0] in os.environ["SERVICES"].split(","):
            __import__(target.rpartition(".")[0])
    files = [getattr(module, "__file__", None) or "" for module in list(sys.modules.values())]
    inside = [file.removeprefix(FOLDER + "/") for file in files if file.startswith(FOLDER)]
    outside = [file for file in files if "site-packages" in file]
    print(json.dumps({"statuses": statuses, "inside": inside, "outside": outside}))


main()
