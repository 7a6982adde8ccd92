"""A process that starts lean has not imported what DRF would look for, and describes the API all the same."""

import json
import subprocess
import sys

from rest_framework.test import APIClient

SCRIPT = """
import gc

import api.lean  # what a local stage has would import some of it before
from rest_framework import compat

assert compat.yaml is compat.uritemplate is compat.requests is None and not compat.pygments_css("default")
import uritemplate, yaml

from config.lambda_handler import handler

assert gc.isenabled() and gc.get_freeze_count()

event = {"version": "2.0", "rawPath": "/api/schema/", "headers": {"Host": "localhost"},
         "requestContext": {"http": {"method": "GET", "sourceIp": "192.0.2.1"}}}
print(handler(event, None)["body"])
"""


def test_drf_does_without_what_nobody_gets(api: APIClient) -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["paths"] == api.get("/api/schema/").json()["paths"]
