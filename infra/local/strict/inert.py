"""Types of CloudFormation that MiniStack lacks: a stack holds such a resource and deletes it, and it does nothing.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/ (`Ref` and attributes of each type)
"""

import tomllib
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from ministack.core.responses import get_account_id, get_region

from infra.local.strict.places import Call

Properties = Mapping[str, Any]


def named(attributes: Mapping[str, str], properties: Properties, former: str) -> tuple[str, dict[str, str]]:
    """A resource that the property `key` names; one without it keeps the name it has."""
    name = str(properties.get(attributes.get("key", "")) or former)
    place = {"region": get_region(), "account": get_account_id(), "name": name}
    made = {attribute: text.format(**place) for attribute, text in attributes.items() if attribute != "key"}
    return made.pop("Ref", name), made


def replica_key(properties: Properties, _: str) -> tuple[str, dict[str, str]]:
    """A replica has the id of its primary key."""
    arn = str(properties["PrimaryKeyArn"])
    return arn.rpartition("/")[2], {"KeyId": arn.rpartition("/")[2], "Arn": arn}


def budget(properties: Properties, former: str) -> tuple[str, dict[str, str]]:
    """A budget's name is a part of its Budget."""
    return str(properties["Budget"].get("BudgetName") or former), {}


def refused(kind: str, before: Properties, after: Properties) -> str:
    """Who is told of a budget is said when it is made: another is made first, and can't have the name of this one.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-budgets-budget.html
    """
    key = "NotificationsWithSubscribers"
    name = after["Budget"].get("BudgetName") if kind == "AWS::Budgets::Budget" else None
    if name is None or before.get(key) == after.get(key) or before["Budget"].get("BudgetName") != name:
        return ""
    return f"CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename {name}."


_NAMED = tomllib.loads(Path(__file__).with_name("types.toml").read_text())["inert"]
TYPES: dict[str, Call] = {
    **{kind: partial(named, attributes) for kind, attributes in _NAMED.items()},
    "AWS::Budgets::Budget": budget,
    "AWS::KMS::ReplicaKey": replica_key,
}


def handler(kind: str, make: Call) -> dict[str, Call]:
    """MiniStack's handler of a type. What stack holds it is all that is stored of a resource."""

    def create(logical_id: str, properties: Properties, stack_name: str) -> Any:
        return make(properties, str(uuid4()))

    def update(physical_id: str, before: Properties, after: Properties, stack_name: str) -> Any:
        if why := refused(kind, before, after):
            raise ValueError(why)
        return make(after, physical_id)

    def delete(physical_id: str, properties: Properties) -> None:
        pass

    return {"create": create, "update": update, "delete": delete}
