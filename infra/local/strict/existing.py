"""Rules of what is there already: CloudFormation creates nothing under the name of something that exists.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html (resource already exists)
"""

from importlib import import_module
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudfront, ses, ses_v2, sqs
from ministack.services.cloudformation import provisioners

from infra.local.strict.places import Asked, Rule

# Of each type the property that names it, and where MiniStack keeps those there are, by which key.
NAMED = {
    "AWS::IAM::Role": ("RoleName", "iam._roles", "{name}"),
    "AWS::IAM::ManagedPolicy": ("ManagedPolicyName", "iam._policies", "arn:aws:iam::{account}:policy{path}{name}"),
    "AWS::Lambda::Function": ("FunctionName", "lambda_svc._functions", "{name}"),
    "AWS::Logs::LogGroup": ("LogGroupName", "cloudwatch_logs._log_groups", "{name}"),
    "AWS::Kinesis::Stream": ("Name", "kinesis._streams", "{name}"),
    "AWS::SES::ConfigurationSet": ("Name", "ses_v2._config_sets", "{name}"),
    "AWS::Scheduler::ScheduleGroup": ("Name", "scheduler._schedule_groups", "{name}"),
    "AWS::CloudWatch::Alarm": ("AlarmName", "cloudwatch._alarms", "{name}"),
    "AWS::CloudWatch::Dashboard": ("DashboardName", "cloudwatch._dashboards", "{name}"),
    "AWS::Events::Rule": ("Name", "eventbridge._rules", "default|{name}"),
    "AWS::SNS::Topic": ("TopicName", "sns._topics", "arn:aws:sns:{region}:{account}:{name}"),
    "AWS::StepFunctions::StateMachine": (
        "StateMachineName",
        "stepfunctions._state_machines",
        "arn:aws:states:{region}:{account}:stateMachine:{name}",
    ),
    "AWS::CloudFront::KeyValueStore": ("Name", "cloudfront._kvstores", "{name}"),
    "AWS::DynamoDB::Table": ("TableName", "dynamodb._tables", "{name}"),
}
# The same of CloudFront, whose names stand within, and which MiniStack keeps by their ids.
CONFIGURED = {
    "AWS::CloudFront::CachePolicy": ("CachePolicyConfig", "_cache_policies"),
    "AWS::CloudFront::OriginRequestPolicy": ("OriginRequestPolicyConfig", "_origin_request_policies"),
    "AWS::CloudFront::ResponseHeadersPolicy": ("ResponseHeadersPolicyConfig", "_response_headers_policies"),
    "AWS::CloudFront::OriginAccessControl": ("OriginAccessControlConfig", "_oacs"),
}


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
