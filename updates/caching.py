"""CloudFront keeps a manifest for two minutes at most; told of a change, it forgets it at once."""

import uuid
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from config.aws import client
from updates.manifests import Channel

if TYPE_CHECKING:
    from mypy_boto3_cloudfront.type_defs import InvalidationBatchTypeDef


def forget(channel: Channel) -> str:
    """Have CloudFront ask for the manifest again; from when on apps see the new one, for people to read.

    That it could not be told is no failure: the time passes.
    """
    if not settings.DISTRIBUTION_ID:
        return "within two minutes"
    batch: InvalidationBatchTypeDef = {
        "Paths": {"Quantity": 1, "Items": [f"/{channel.key}"]},
        "CallerReference": uuid.uuid4().hex,
    }
    try:
        client("cloudfront").create_invalidation(DistributionId=settings.DISTRIBUTION_ID, InvalidationBatch=batch)
    except (BotoCoreError, ClientError) as error:
        return f"within two minutes (CloudFront was not told: {error})"
    return "as soon as CloudFront has passed it on, within two minutes at most"
