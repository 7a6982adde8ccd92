"""CloudFront's copies: what to do when a page it keeps has changed."""

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.conf import settings

from config.aws import client

if TYPE_CHECKING:
    from mypy_boto3_cloudfront.type_defs import InvalidationBatchTypeDef


def invalidate(paths: Sequence[str]) -> bool:
    """Have CloudFront ask anew for these paths, or labels, which begin with #; False where there is no CloudFront.

    Raises botocore's ClientError and BotoCoreError.
    """
    if not settings.DISTRIBUTION_ID:
        return False
    items = {"Quantity": len(paths), "Items": list(paths)}
    batch: InvalidationBatchTypeDef = {"Paths": items, "CallerReference": uuid.uuid4().hex}  # type: ignore[typeddict-item]
    client("cloudfront").create_invalidation(DistributionId=settings.DISTRIBUTION_ID, InvalidationBatch=batch)
    return True
