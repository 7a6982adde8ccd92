"""A process that starts lean has not imported botocore's client, and can use it all the same."""

import subprocess
import sys

SCRIPT = """
import sys
import dynamo.import_stubs
from pynamodb.connection import Connection

absent = {"botocore.client", "botocore.config", "botocore.session", "pynamodb.connection._botocore_private"}
assert not absent & sys.modules.keys(), absent & sys.modules.keys()

import botocore.client, botocore.session
assert botocore.client.BaseClient and botocore.client.ClientError is botocore.exceptions.ClientError
client = Connection(region="us-east-1", host="http://127.0.0.1:9").client
assert client.meta.service_model.service_name == "dynamodb"
"""


def test_pynamodb_does_without_botocores_client_until_it_is_needed() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
