"""An id token becomes temporary AWS credentials, for its own user alone."""

from datetime import UTC, datetime, timedelta
from unittest.mock import Mock

import boto3
import pytest
from botocore.exceptions import CredentialRetrievalError
from django.conf import settings
from django.test import override_settings

from accounts.credentials import exchange
from accounts.keys import KeysUnavailable
from accounts.tokens import Refusal
from rest.problems import Invalid, ServiceUnavailable
from tests.accounts.issuer import Issuer, key_document
from tests.personas import Persona


def test_it_gives_credentials_that_open_the_users_folder(alice: Persona) -> None:
    given = exchange(alice.id_token, sub=alice.sub)
    assert (given["prefix"], given["bucket"]) == (f"users/{alice.sub}/", settings.UPLOADS_BUCKET)
    assert timedelta(minutes=50) < given["expiration"] - datetime.now(UTC) <= timedelta(hours=1)
    s3 = boto3.client(
        "s3",
        region_name=given["region"],
        aws_access_key_id=given["access_key_id"],
        aws_secret_access_key=given["secret_access_key"],
        aws_session_token=given["session_token"],
    )
    s3.put_object(Bucket=given["bucket"], Key=given["prefix"] + "note.txt", Body=b"mine")
    assert s3.get_object(Bucket=given["bucket"], Key=given["prefix"] + "note.txt")["Body"].read() == b"mine"


def test_it_gives_each_request_its_own(alice: Persona) -> None:
    first, second = (exchange(alice.id_token, sub=alice.sub) for _ in range(2))
    assert first["access_key_id"] != second["access_key_id"]


def test_it_refuses_the_id_token_of_another_user(alice: Persona, bob: Persona) -> None:
    assert_invalid(bob.id_token, alice.sub, "The id token and the access token belong to different users.")


def test_it_refuses_an_access_token(alice: Persona) -> None:
    assert_invalid(alice.access_token, alice.sub, Refusal.USE.value)


@pytest.mark.parametrize("token", ["", "token", "a.b.c", "é", "x" * 100_000])
def test_it_refuses_what_is_no_token(alice: Persona, token: str) -> None:
    assert_invalid(token, alice.sub, Refusal.MALFORMED.value)


def test_it_says_so_when_cognito_does_not_help(alice: Persona) -> None:
    pool = {**settings.COGNITO, "identity_pool_id": "us-east-1:no-such-pool"}
    with override_settings(COGNITO=pool), pytest.raises(ServiceUnavailable) as problem:
        exchange(alice.id_token, sub=alice.sub)
    assert problem.value.retry_after == 2


def test_it_says_so_when_there_are_no_credentials_to_ask_with(alice: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container or a function with SnapStart, whose own are fetched when a client is made."""
    lost = CredentialRetrievalError(provider="container-role", error_msg="no answer")
    monkeypatch.setattr("accounts.credentials.client", Mock(side_effect=lost))
    with pytest.raises(ServiceUnavailable) as problem:
        exchange(alice.id_token, sub=alice.sub)
    assert problem.value.retry_after == 2


def test_it_says_so_when_it_has_no_key_to_check_with(alice: Persona) -> None:
    pool = {**settings.COGNITO, "jwks_url": "http://127.0.0.1:1/jwks.json"}
    with override_settings(COGNITO=pool), pytest.raises(KeysUnavailable) as problem:
        exchange(alice.id_token, sub=alice.sub)
    assert problem.value.retry_after == 30


def test_it_refuses_an_expired_id_token(alice: Persona) -> None:
    issuer = Issuer(client=settings.COGNITO["client_ids"][0])
    long_ago = int(issuer.now) - 7200
    claims = issuer.id_claims(iss=settings.COGNITO["issuer"], sub=alice.sub, iat=long_ago, exp=long_ago + 3600)
    with override_settings(COGNITO={**settings.COGNITO, "keys": key_document(issuer)}):
        assert_invalid(issuer.sign(claims), alice.sub, Refusal.EXPIRED.value)


def assert_invalid(token: str, sub: str, detail: str) -> None:
    with pytest.raises(Invalid) as problem:
        exchange(token, sub=sub)
    assert [(error.pointer, error.detail) for error in problem.value.errors] == [("/id_token", detail)]
