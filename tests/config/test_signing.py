"""Requests are signed as botocore signs them, whoever signs and whenever."""

import random
import time
from datetime import UTC, datetime

import botocore.auth
import botocore.credentials
import pytest
from botocore.awsrequest import AWSRequest

from config.signing import Credentials, Signer

MIDNIGHT = datetime(2027, 1, 1, tzinfo=UTC).timestamp()
CONTENT_TYPE = "application/x-amz-json-1.0"
OPERATIONS = ["Query", "GetItem", "PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"]


def text(chance: random.Random, length: int) -> str:
    return "".join(chance.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=", k=length))


def test_it_signs_a_thousand_requests_as_botocore_does(monkeypatch: pytest.MonkeyPatch) -> None:
    chance, moment = random.Random(7), MIDNIGHT - 60
    monkeypatch.setattr(time, "time", lambda: moment)
    monkeypatch.setattr(
        botocore.auth, "get_current_datetime", lambda: datetime.fromtimestamp(int(moment), UTC).replace(tzinfo=None)
    )
    current = Credentials("AKIDEXAMPLE", "secret")
    host, region = "dynamodb.eu-west-1.amazonaws.com", "eu-west-1"
    signer = Signer("dynamodb", region=region, host=host, content_type=CONTENT_TYPE, credentials=lambda: current)
    days = set()
    for _ in range(1000):
        moment += chance.random() / 2
        if chance.random() < 0.1:  # renewed, with a session token or without
            current = Credentials(text(chance, 20), text(chance, 40), chance.choice([None, text(chance, 800)]))
        target = f"DynamoDB_20120810.{chance.choice(OPERATIONS)}"
        body = chance.randbytes(chance.randrange(2000))
        expected = AWSRequest(
            "POST", f"https://{host}/", {"X-Amz-Target": target, "Content-Type": CONTENT_TYPE, "Host": host}, body
        )
        botocore.auth.SigV4Auth(botocore.credentials.Credentials(*current), "dynamodb", region).add_auth(expected)
        assert signer.headers(target, body) == dict(expected.headers)
        days.add(expected.headers["X-Amz-Date"][:8])
    assert days == {"20261231", "20270101"}
