"""This project, as it is deployed: its Lambda entry with a production stage's settings."""

import json
import os
from collections.abc import Mapping

from benchmarks.fixtures import (
    CLIENT,
    HOST,
    ISSUER,
    REGION,
    TABLE_PREFIX,
    Event,
    Stub,
    jwks,
    private_key,
    stub_botocore,
)

os.environ.update(
    STAGE="production", SECRET_KEY="k" * 64, SITE_URL=f"https://{HOST}/production", ALLOWED_HOSTS=HOST,
    TABLE_PREFIX=TABLE_PREFIX, UPLOADS_BUCKET="uploads", THUMBNAILS_BUCKET="thumbnails", STATIC_BUCKET="static",
    THUMBNAILS_URL="https://pictures.example.com", MEDIA_TOPIC_ARN="arn:aws:sns:us-east-1:123456789012:media",
    COGNITO_USER_POOL_ID="us-east-1_Bench", COGNITO_CLIENT_IDS=CLIENT, COGNITO_IDENTITY_POOL_ID="pool",
    COGNITO_ISSUER=ISSUER, COGNITO_JWKS_URL=f"{ISSUER}/.well-known/jwks.json", COGNITO_DOMAIN_URL="https://sign-in.example.com",
    COGNITO_KEYS=json.dumps(jwks(private_key())), MAIL_FROM="hello@example.com", AWS_REGION=REGION,
    **dict.fromkeys(("DUE_REMINDERS_ARN", "LETTERS_MACHINE", "LIVE_API", "PUSH_KEY", "SCHEDULER_ROLE_ARN"), "none"),
)  # fmt: skip

from config import lambda_handler  # the settings come first
from dynamo.connection import shared
from dynamo.transport import Response

stub = Stub()


def handler(event: Event, context: object) -> Event:
    """Lambda's, with the one resource that its API has."""
    answer: Event = lambda_handler.handler({**event, "resource": "/{proxy+}"}, context)
    return answer


def _answer(headers: Mapping[str, str], body: bytes) -> Response:
    content, answered = stub(headers["X-Amz-Target"].rpartition(".")[2], body)
    return Response(200, answered["x-amz-crc32"], None, content)


if transport := shared().transport:
    transport.send = _answer  # type: ignore[method-assign]  # in place of the network
else:
    stub_botocore(shared().client, stub)

__all__ = ["handler", "stub"]
