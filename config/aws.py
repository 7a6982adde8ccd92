"""The only place that makes boto3 clients: one of each kind a process, with timeouts that fit inside a request."""

import json
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings

from config import env
from config.signing import Credentials, Signer, found_credentials, session

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@cache
def _client(service: str, *, patient: bool = False, endpoint_url: str | None = None) -> Any:
    """A client with time-outs that fit inside a request. Raises botocore's ClientError and BotoCoreError."""
    # boto3 and a client make a cold start much longer: only what needs one pays.
    import boto3
    from botocore.config import Config

    # For Cognito, a person waits at a sign-in; the rest moves files and messages. One that hangs ends while the page
    # still waits for an answer, and within what a batch reserves for a record: tests/deploy/test_limits.py.
    read_timeout = 2 if service.startswith("cognito") else 5
    # SES can't tell a repeated request: it would send a second mail.
    tries = 1 if service == "sesv2" else 2
    if patient:
        read_timeout, tries = 120, 5
    config = Config(
        connect_timeout=10 if patient else 1,
        read_timeout=read_timeout,
        retries={"mode": "standard", "total_max_attempts": tries},
        max_pool_connections=20,  # as many as the queues that the admin asks at once
        # A presigned POST or URL must name the regional host and be signed with version 4.
        signature_version="s3v4" if service == "s3" else None,
        s3={"addressing_style": "path" if env.text("AWS_ENDPOINT_URL", "") else "virtual"},
    )
    make: Any = boto3.client  # the service is no literal
    return make(service, region_name=_region_of(service), config=config, endpoint_url=endpoint_url)


if TYPE_CHECKING:
    import boto3

    client = boto3.client  # its stubs know the client of each service
else:
    client = _client


def patient_s3() -> "S3Client":
    """A client for a person who moves large files over a line of any speed, never for a request."""
    s3: S3Client = _client("s3", patient=True)
    return s3


def _region_of(service: str) -> str:
    """The region a service is asked in. In a second region, Cognito may be the first one's."""
    if service == "cognito-identity":
        return env.text("COGNITO_IDENTITY_POOL_ID", "").partition(":")[0] or region()
    return users_region() if service == "cognito-idp" else region()


def region() -> str:
    """The region everything lives in."""
    return env.text("AWS_REGION", env.text("AWS_DEFAULT_REGION", "us-east-1"))


def users_region() -> str:
    """Where the user pool is asked: its home, which its id begins with, unless this region has a replica of it."""
    return env.text("COGNITO_REGION", "") or env.text("COGNITO_USER_POOL_ID", "").partition("_")[0] or region()


def users_url() -> str:
    """Where the user pool's API answers, without a slash at the end."""
    return env.text("AWS_ENDPOINT_URL", "") or f"https://cognito-idp.{users_region()}.{_domain()}"


def bucket_url(bucket: str) -> str:
    """Where a bucket answers over HTTP, without a slash at the end: its regional host, or its path locally."""
    endpoint = env.text("AWS_ENDPOINT_URL", "")
    return f"{endpoint}/{bucket}" if endpoint else f"https://{bucket}.s3.{region()}.amazonaws.com"


def upload_url(bucket: str) -> str:
    """Where files are put into a bucket: the nearest edge of CloudFront with UPLOADS_ACCELERATED, else as above."""
    if env.boolean("UPLOADS_ACCELERATED", default=False):
        return f"https://{bucket}.s3-accelerate.amazonaws.com"
    return bucket_url(bucket)


def queue_url(name: str) -> str:
    """Where a queue of this stage is. Raises botocore's errors."""
    return client("sqs").get_queue_url(QueueName=f"{settings.DYNAMO['TABLE_PREFIX']}{name}")["QueueUrl"]


def send_message(queue: str, said: Mapping[str, object], *, delay: int = 0) -> None:
    """Put a message into a queue of this stage, as JSON, to come after so many seconds. Raises botocore's errors."""
    client("sqs").send_message(QueueUrl=queue_url(queue), MessageBody=json.dumps(said), DelaySeconds=delay)


def socket_url(api: str) -> str:
    """Where a WebSocket API whose stage is `live` takes connections; empty without an API."""
    return connections_url(api).replace("http", "ws", 1)


def connections_url(api: str) -> str:
    """Where what is sent to connections of a WebSocket API is posted; empty without an API."""
    if not api:
        return ""
    endpoint, host = env.text("AWS_ENDPOINT_URL", ""), f"{api}.execute-api.{region()}.{_domain()}"
    return f"{endpoint}/_aws/execute-api/{api}/live" if endpoint else f"https://{host}/live"


def _domain() -> str:
    return "amazonaws.com.cn" if region().startswith("cn-") else "amazonaws.com"


def connections_client(api: str) -> Any:
    """A client that posts to connections of a WebSocket API. Raises botocore's ClientError and BotoCoreError."""
    return _client("apigatewaymanagementapi", endpoint_url=connections_url(api))


def credentials() -> Credentials:
    """What this process signs with, fresh. Raises botocore's NoCredentialsError, as its clients do."""
    if found := env.credentials() or found_credentials():
        return found
    from botocore.exceptions import NoCredentialsError

    raise NoCredentialsError


def forget() -> None:
    """Have credentials looked for again, and clients made anew."""
    session.cache_clear()
    _client.cache_clear()


def dynamodb_url() -> str:
    """Where DynamoDB answers: in the region, or the embedded AWS."""
    return env.text("AWS_ENDPOINT_URL", f"https://dynamodb.{region()}.{_domain()}")


def sign_dynamodb(target: str, body: bytes, clock_ahead: float) -> dict[str, str]:
    """The headers of a request to DynamoDB, whose clock is ahead of ours by so many seconds."""
    return _dynamodb_signer().headers(target, body, clock_ahead)


@cache
def _dynamodb_signer() -> Signer:
    return Signer(
        "dynamodb",
        region=region(),
        host=urlsplit(dynamodb_url()).netloc,
        content_type="application/x-amz-json-1.0",
        credentials=credentials,
    )
