"""What a function's role grants, beside what functions were seen to call."""

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from tests.deploy.account import Account


class Call(NamedTuple):
    """One call of a function, as IAM judged it: `allowed` or `denied`."""

    role: str
    action: str
    resource: str
    verdict: str


class Grant(NamedTuple):
    """One action on one resource that a role allows."""

    action: str
    resource: str

    def covers(self, call: Call) -> bool:
        """Whether a call needs it."""
        return self.action == call.action and fnmatchcase(call.resource, self.resource)


def calls_of(account: Account, role: str) -> set[Call]:
    """What functions of a role have called so far, each call once."""
    lines = account.emulator.calls.read_text().splitlines()
    return {call for line in lines if (call := Call(*json.loads(line))).role == role}


def grants_of(account: Account, role: str) -> set[Grant]:
    """Each action and resource of the policies a role has."""
    return {
        Grant(action, resource)
        for document in _documents(account.client("iam"), role)
        for statement in document["Statement"]
        if statement["Effect"] == "Allow"
        for action in _listed(statement["Action"])
        for resource in _listed(statement["Resource"])
    }


def _documents(iam: Any, role: str) -> Iterator[dict[str, Any]]:
    for attached in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        arn = attached["PolicyArn"]
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        yield iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        yield iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


# What AWS itself does with a function's role, so that no call of the function shows it.
_BY_AWS = {
    "dynamodb:ListStreams", "dynamodb:DescribeStream", "dynamodb:GetShardIterator", "dynamodb:GetRecords",  # its poller
    "kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator",
    "kinesis:ListShards",  # the same
    "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes",  # its poller, too
    "logs:CreateLogStream", "logs:PutLogEvents",  # its runtime
    "xray:PutTraceSegments", "xray:PutTelemetryRecords",  # its daemon
    "lambda:InvokeFunction",  # API Gateway
    "iam:PassRole",  # asked when a schedule is made that does its work as the role
}  # fmt: skip


def is_made_by_aws(grant: Grant) -> bool:
    """Whether Lambda or API Gateway needs it in the function's name."""
    to_failures = grant.action in {"sqs:SendMessage", "sqs:GetQueueUrl"} and grant.resource.endswith(
        (
            "welcome-failures", "uploads-failures", "posts-failures", "live-failures", "reminder-changes-failures",
            "reads-failures",
        )
    )  # fmt: skip
    return grant.action in _BY_AWS or to_failures


# What a function needs and no test here has it do: the action, the end of the resource's name, and what for.
UNCALLED = {
    ("ssm:GetParameter", "/secret-key-before"): "the former key, while there is one",
    ("cloudfront:CreateInvalidation", ""): "media, deployed before CloudFront, clears it from its next deployment on",
    ("dynamodb:GetItem", "-changes"): "the admin brings back what was deleted or changed",
    ("dynamodb:GetItem", "-subscribers"): "the admin says what became of a welcome sent again",
    ("dynamodb:DeleteItem", "-sessions"): "signing out",
    ("s3:PutObject", "/blog/*"): "editors upload pictures of posts",
    ("s3:GetObject", "/blog/*"): "they see them",
    ("s3:DeleteObjectVersion", "/blog/*"): "they delete them",
    ("dynamodb:BatchGetItem", ""): "the admin's rows by many keys, and the posts that show its pictures",
    ("sqs:ChangeMessageVisibility", "-failures"): "the admin sends failed events on their way again",
    ("sqs:DeleteMessage", "-failures"): "the same",
    ("sqs:GetQueueUrl", "-thumbnails"): "the same",
    ("sqs:GetQueueUrl", "-media"): "the same",
    ("sqs:SendMessage", "-thumbnails"): "the same",
    ("sqs:GetQueueUrl", "-due-reminders"): "the same",
    ("sqs:SendMessage", "-due-reminders"): "the same",
    ("sqs:GetQueueUrl", "-reminder-changes"): "the same",
    ("sqs:SendMessage", "-reminder-changes"): "the same",
    ("sqs:SendMessage", "-media"): "the same",
    ("sqs:GetQueueUrl", "-letters"): "the same",
    ("dynamodb:Query", "-connections"): "the admin sends changes on their way again that pages were not told of",
    ("dynamodb:DeleteItem", "-connections"): "the same",
    ("execute-api:ManageConnections", "/POST/@connections/*"): "the same",
    ("execute-api:ManageConnections", "/DELETE/@connections/*"): "the same",
    ("sqs:SendMessage", "-letters"): "the same",
    ("dynamodb:GetItem", "-reads"): "the same, of reads that could not be counted",
    ("dynamodb:UpdateItem", "-reads"): "the same",
    ("dynamodb:Query", "-reads/index/by_month"): "the admin shows the posts read most",
    ("sqs:GetQueueUrl", "-erasures"): "the same",
    ("sqs:SendMessage", "-erasures"): "the same",
    ("sqs:GetQueueUrl", "-exports"): "the same",
    ("sqs:SendMessage", "-exports"): "the same",
    ("sqs:GetQueueUrl", "-imports"): "the same",
    ("sqs:SendMessage", "-imports"): "the same",
    ("sqs:GetQueueUrl", "-mail-feedback"): "the same",
    ("sqs:SendMessage", "-mail-feedback"): "the same",
    ("sqs:GetQueueUrl", "-housekeeping"): "the admin sends failed events on their way again",
    ("sqs:SendMessage", "-housekeeping"): "the same",
    ("dynamodb:GetItem", "-runs"): "the admin shows what housekeeping found, where one function serves both",
    ("dynamodb:GetItem", "-links"): "the same",
    ("dynamodb:Query", "-runs/index/by_shelf"): "the same",
    ("dynamodb:Query", "-links/index/by_broken"): "the same",
    ("dynamodb:DeleteItem", "-deliveries"): "a letter that waits for its post is taken back",
    ("dynamodb:Query", "-deliveries/index/*"): "the clock looks for letters, and a bounce for its mail",
    ("states:DescribeExecution", "-letters:*"): "the clock looks whether a letter is still being sent",
    ("ses:SendEmail", "-mail"): "SES asks for the configuration set of a mail beside its sender",
}


def is_too_much(grant: Grant, calls: set[Call]) -> bool:
    """Whether neither a call needs it nor AWS nor a reason is known for it."""
    called = any(grant.covers(call) for call in calls)
    return not (called or is_made_by_aws(grant) or any(is_listed(grant, *each) for each in UNCALLED))


def is_listed(grant: Grant, action: str, end: str) -> bool:
    """Whether an entry of UNCALLED is about it."""
    return grant.action == action and grant.resource.endswith(end)
