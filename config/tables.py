"""Where tables are: for the settings of the site, and of functions that answer no requests and need nothing else."""

from typing import Any

from config import env
from config.aws import dynamodb_url, region


def settings(*, local: bool = False) -> dict[str, Any]:
    """Django's setting DYNAMO. Raises MissingVariable without TABLE_PREFIX, save on a laptop."""
    return {
        "TABLE_PREFIX": env.text("TABLE_PREFIX", "serverless-django-local-" if local else None),
        "REGION": region(),
        "ENDPOINT_URL": dynamodb_url(),
        # "fast": dynamo.transport, whose requests SIGN signs; "botocore": the SDK's client.
        "TRANSPORT": env.text("DYNAMO_TRANSPORT", "fast"),
        "SIGN": "config.aws.sign_dynamodb",
        # A cluster of DAX, the cache some public reads may come from; empty: none.
        "DAX": env.text("DAX_ENDPOINT", ""),
    }
