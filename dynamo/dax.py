"""Items by way of DAX, DynamoDB's cache in memory, where settings.DYNAMO["DAX"] names a cluster.

For what anybody may read and may be some seconds old. Its library, amazon-dax-client, is imported by the first such
read, and nothing else of DynamoDB goes this way: lists ask for what is public at this moment, which no other question
repeats, and a write here tells the cluster nothing.
"""

import logging
import time
from functools import cache
from importlib.util import find_spec
from typing import Any

import botocore.exceptions
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from dynamo.errors import RawItem
from dynamo.models import Key, Model

# How long a read waits before DynamoDB is asked instead, and how long a cluster that failed is left alone.
CONNECT_SECONDS, READ_SECONDS = 0.3, 0.3
DIRECT_SECONDS = 30.0

log = logging.getLogger(__name__)

if settings.DYNAMO.get("DAX") and find_spec("amazondax") is None:
    raise ImproperlyConfigured("A DAX cluster is set, and amazon-dax-client is not here: add it to requirements.in.")


def fetch_raw(model: type[Model], key: Key) -> RawItem:
    """A raw item, at most as old as the cluster's time to live allows. Raises DoesNotExist."""
    if url := settings.DYNAMO.get("DAX"):
        found = cluster(url).find(model.Meta.table_name, model.raw_key(key))
        # An item may have outlived its time to live; direct reads look at that, reads by DAX do not.
        if found and "expires" not in found:
            return found
    return model.fetch_raw(key, consistent=False)


class Cluster:
    """A cluster, by its discovery endpoint: dax://… or, encrypted, daxs://…"""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client: Any = None
        self._direct_until = 0.0

    def find(self, table: str, key: dict[str, Any]) -> RawItem | None:
        """An item; None also where the cluster does not say."""
        if time.monotonic() < self._direct_until:
            return None
        try:
            self._client = self._client or connect(self._url)
            item: RawItem | None = self._client.get_item(TableName=table, Key=key).get("Item")
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError, OSError) as error:
            self._direct_until = time.monotonic() + DIRECT_SECONDS
            log.warning("DAX does not answer, so DynamoDB is asked: %s", error)
            return None
        return item


@cache
def cluster(url: str) -> Cluster:
    """The process's one."""
    return Cluster(url)


def connect(url: str) -> Any:
    """Amazon's client. Raises botocore's errors and OSError."""
    import botocore.session
    from amazondax import AmazonDaxClient
    from botocore.config import Config

    config = Config(connect_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS, retries={"max_attempts": 0})
    region = settings.DYNAMO.get("REGION")
    return AmazonDaxClient(botocore.session.get_session(), region_name=region, endpoint_url=url, config=config)
