"""A process that starts lean has not imported what DRF would look for, and describes the API all the same."""

import json
import subprocess
import sys

from django.test import Client

SCRIPT = """
import gc, json, sys
from config.lambda_handler import handler

absent = {"markdown", "pygments", "requests", "uritemplate", "yaml"}
assert not absent & sys.modules.keys(), absent & sys.modules.keys()
assert gc.isenabled() and gc.get_freeze_count()

event = {"version": "2.0", "rawPath": "/api/schema/", "headers": {"Host": "localhost"},
         "requestContext": {"http": {"method": "GET", "sourceIp": "192.0.2.1"}}}
print(handler(event, None)["body"])
"""


def test_drf_does_without_what_nobody_gets(client: Client) -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["paths"] == client.get("/api/schema/").json()["paths"]
