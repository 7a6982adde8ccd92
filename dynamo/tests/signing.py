"""Signs requests to DynamoDB with botocore's Signature Version 4, for the package's own transport."""

from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from django.conf import settings


def sign(target: str, body: bytes, clock_ahead: float) -> dict[str, str]:
    """The headers of a request to DynamoDB."""
    headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": target}
    request = AWSRequest("POST", settings.DYNAMO["ENDPOINT_URL"], data=body, headers=headers)
    SigV4Auth(Credentials("tests", "tests"), "dynamodb", settings.DYNAMO["REGION"]).add_auth(request)
    return {"Host": urlsplit(str(request.url)).netloc, **dict(request.headers)}
