"""Rules of what is there already: CloudFormation creates nothing under the name of something that exists.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html (resource already exists)
"""

import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudfront, ses, ses_v2, sqs
from ministack.services.cloudformation import provisioners

from infra.local.strict.places import Asked, Rule

_TYPES = tomllib.loads(Path(__file__).with_name("types.toml").read_text())
NAMED: dict[str, list[str]] = _TYPES["named"]
CONFIGURED: dict[str, list[str]] = _TYPES["configured"]


def named(kind: str) -> Rule:
    """One of a name and type in an account, and in a region where the type has one.

    https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-test-contract.html (create handlers)
    """
    key, place, form = NAMED[kind]
    module, _, store = place.partition(".")

    def rule(asked: Asked) -> str:
        there: Any = getattr(import_module(f"ministack.services.{module}"), store)
        where = {"account": get_account_id(), "region": get_region()}
        name = form.format(name=asked.get(key), path=asked.get("Path", "/"), **where)
        return f"{asked[key]} already exists" if asked.get(key) and name in there else ""

    return rule


def configured(kind: str) -> Rule:
    """One policy of a name and kind in an account.

    https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateCachePolicy.html (CachePolicyAlreadyExists)
    """
    key, store = CONFIGURED[kind]

    def rule(asked: Asked) -> str:
        name = asked.get(key, {}).get("Name")
        taken = {each.get("Config", each).get("Name") for each in getattr(cloudfront, store).values()}
        return f"{name} already exists" if name and name in taken else ""

    return rule


def email_identity(asked: Asked) -> str:
    """One identity of an address in a region.

    https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_CreateEmailIdentity.html
    """
    name = asked.get("EmailIdentity")
    return f"Email identity {name} already exists" if name in ses._identities or name in ses_v2._identities else ""


def queue(asked: Asked) -> str:
    """One queue of a name in a region, but where all attributes are the same.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
    """
    name, is_fifo = provisioners._sqs_queue_name(asked, "", "")
    if not (there := sqs._queue_name_to_url.get(name)):
        return ""
    attributes, wanted = sqs._queues[there]["attributes"], provisioners._sqs_queue_fields(asked, is_fifo)
    differ = any(attributes.get(key) != value for key, value in wanted.items())
    return f"A queue named {name} already exists with other attributes" if differ else ""
