"""What media's tests share."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.conf import settings

from config.aws import client
from tests.media.messages import Listener, listening

if TYPE_CHECKING:
    from tests.media.recorded import Owner


@pytest.fixture
def listener() -> Iterator[Listener]:
    """Hears what media tells the other services."""
    with listening() as found:
        yield found


@pytest.fixture
def no_events() -> Iterator[None]:
    """S3 sends no events, so that a test can hand them over in an order of its own."""
    s3, bucket = client("s3"), settings.UPLOADS_BUCKET
    configured = s3.get_bucket_notification_configuration(Bucket=bucket)
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    yield
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"QueueConfigurations": configured["QueueConfigurations"]}
    )


@pytest.fixture
def owner() -> "Owner":
    """Whose files events tell of."""
    # Later than this file, which is read before the tests' stage is known.
    from tests.media.recorded import Owner

    return Owner()
