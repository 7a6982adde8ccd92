"""Rules of what is there already: CloudFormation creates nothing under the name of something that exists.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html (resource already exists)
"""

from collections.abc import Mapping
from types import ModuleType
from typing import Any


def table(provisioners: ModuleType, asked: Mapping[str, Any]) -> str:
    """One table of a name in a region.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
    """
    name = asked.get("TableName")
    return f"Table {name} already exists" if name and name in provisioners._dynamodb._tables else ""


def email_identity(provisioners: ModuleType, asked: Mapping[str, Any]) -> str:
    """One identity of an address in a region.

    https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_CreateEmailIdentity.html
    """
    name = asked.get("EmailIdentity")
    known = name in provisioners._ses._identities or name in provisioners._ses_v2._identities
    return f"Email identity {name} already exists" if known else ""


def queue(provisioners: ModuleType, asked: Mapping[str, Any]) -> str:
    """One queue of a name in a region, but where all attributes are the same.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
    """
    name, is_fifo = provisioners._sqs_queue_name(asked, "", "")
    there = provisioners._sqs._queue_name_to_url.get(name)
    if not there:
        return ""
    attributes = provisioners._sqs._queues[there]["attributes"]
    wanted = provisioners._sqs_queue_fields(asked, is_fifo)
    differ = any(attributes.get(key) != value for key, value in wanted.items())
    return f"A queue named {name} already exists with other attributes" if differ else ""
