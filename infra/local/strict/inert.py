"""Types of CloudFormation that MiniStack lacks: a stack holds such a resource and deletes it, and it does nothing.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/ (`Ref` and attributes of each type)
"""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from ministack.core.responses import get_account_id, get_region

from infra.local.strict.places import Call

Properties = Mapping[str, Any]


def named(key: str, **attributes: str) -> Call:
    """Makes resources that the property `key` names; those without it keep the name they have.

    Attributes are for `Fn::GetAtt`, with {name}, {region} and {account}; `Ref` is the name where it is not among them.
    """

    def create(properties: Properties, former: str) -> tuple[str, dict[str, str]]:
        name = str(properties.get(key) or former)
        place = {"region": get_region(), "account": get_account_id(), "name": name}
        made = {attribute: text.format(**place) for attribute, text in attributes.items()}
        return made.pop("Ref", name), made

    return create


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


_LOG = "arn:aws:cloudfront::{account}:realtime-log-config/{name}"
_POLICY = "arn:aws:autoscaling:{region}:{account}:scalingPolicy:{name}"
TYPES: dict[str, Call] = {
    "AWS::Route53::HealthCheck": named("", HealthCheckId="{name}"),
    "AWS::CloudFront::RealtimeLogConfig": named("Name", Ref=_LOG, Arn=_LOG),
    "AWS::DAX::Cluster": named(
        "ClusterName",
        Arn="arn:aws:dax:{region}:{account}:cache/{name}",
        ClusterDiscoveryEndpoint="{name}.dax-clusters.{region}.amazonaws.com:8111",
        ClusterDiscoveryEndpointURL="dax://{name}.dax-clusters.{region}.amazonaws.com",
    ),
    "AWS::DAX::ParameterGroup": named("ParameterGroupName"),
    "AWS::DAX::SubnetGroup": named("SubnetGroupName"),
    "AWS::EC2::EIP": named("", AllocationId="eipalloc-{name}"),
    "AWS::EC2::NatGateway": named("", NatGatewayId="nat-{name}"),
    "AWS::ApplicationAutoScaling::ScalableTarget": named("", Id="{name}"),
    "AWS::ApplicationAutoScaling::ScalingPolicy": named("PolicyName", Ref=_POLICY, Arn=_POLICY),
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
