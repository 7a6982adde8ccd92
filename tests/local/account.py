"""An account of the embedded AWS alone, for tests of what AWS refuses."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.local.emulator import CREDENTIALS, Emulator
from tests.waiting import until

Resource = dict[str, Any]
TABLE = {
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
}


class Account:
    """An empty account, and stacks of one resource in it."""

    def __init__(self, emulator: Emulator) -> None:
        self.endpoint_url = emulator.endpoint_url
        self._clients: dict[tuple[Any, str, Config | None], Any] = {}

    def client(self, service: Any, *, region_name: str = "eu-central-1", config: Config | None = None) -> Any:
        """A client of the account, the same for all who ask alike: it takes longer to make than most questions."""
        known = service, region_name, config
        if known not in self._clients:
            self._clients[known] = self._new_client(service, region_name, config)
        return self._clients[known]

    def _new_client(self, service: Any, region_name: str, config: Config | None) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoint_url,
            region_name=region_name,
            config=config,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        )

    def create(self, kind: str, properties: Resource, stack: str = "") -> str:
        """Create a stack of one resource; why that failed, or nothing."""
        stack = stack or f"stack-{uuid4()}"
        template = json.dumps({"Resources": {"It": {"Type": kind, "Properties": properties}}})
        cloudformation = self.client("cloudformation")
        cloudformation.create_stack(StackName=stack, TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"])
        return self.outcome(stack)

    def update(self, stack: str, template: Resource) -> str:
        """Update a stack; why that failed, or nothing."""
        self.client("cloudformation").update_stack(StackName=stack, TemplateBody=json.dumps(template))
        return self.outcome(stack)

    def status(self, stack: str) -> str:
        """What CloudFormation says of the stack."""
        return str(self.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"])

    def outcome(self, stack: str) -> str:
        """Why the change that is under way failed, or nothing."""
        until(lambda: not self.status(stack).endswith("_IN_PROGRESS"))
        if self.status(stack) in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            return ""
        events = self.client("cloudformation").describe_stack_events(StackName=stack)["StackEvents"]
        return " ".join(each.get("ResourceStatusReason", "") for each in events)


def refusal(act: Callable[[], object]) -> str:
    """The error code with which AWS refuses."""
    with pytest.raises(ClientError) as refused:
        act()
    return str(refused.value.response["Error"]["Code"])
