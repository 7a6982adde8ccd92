"""Has every policy of the templates judged by parliament, a linter of IAM policies: `python -m infra.policies`.

infra/lint.py knows what this project refuses; parliament knows what AWS knows: actions, and which resources and
conditions each takes. It needs a setuptools the project must not have, so it runs in .venv-tools, which `make check`
makes of infra/tools/requirements.txt.
"""

import json
import re
import subprocess
import sys
from collections.abc import Collection, Iterator
from typing import Any

from infra.lint import INFRA_DIR, Json, load, templates

TOOLS_PYTHON = INFRA_DIR.parent / ".venv-tools" / "bin" / "python"
JUDGE = INFRA_DIR / "tools" / "judge_policies.py"
REGION, ACCOUNT = "us-east-1", "123456789012"
_PSEUDO = {"AWS::Partition": "aws", "AWS::Region": REGION, "AWS::AccountId": ACCOUNT, "AWS::URLSuffix": "amazonaws.com"}
_NOTHING = {"Ref": "AWS::NoValue"}
# Values for parameters without a default, or whose default says too little.
_PARAMETERS: dict[str, Any] = {
    "SecondSuffix": "-eu-west-1",
    "Environment": "production",
    "Stage": "production",
    "Function": "serverless-django-production",
    "FunctionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:serverless-django-production:events",
    "Project": "serverless-django",
    "MailFrom": "news@example.org",
    "DistributionId": "E2EXAMPLE",
    "HomeRegion": REGION,
    "StoreArn": f"arn:aws:cloudfront::{ACCOUNT}:key-value-store/11111111-2222-3333-4444-555555555555",
    "ReadsStreamArn": f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/serverless-django-production-reads",
    "Topic": f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms",
    "MediaTopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:media",
    "Suffix": "-euw1",
    "FailureQueues": [f"arn:aws:sqs:{REGION}:{ACCOUNT}:failures"],
    "Queues": [f"arn:aws:sqs:{REGION}:{ACCOUNT}:queue"],
}
# type: the property that names it, what `!GetAtt X.Arn` gives
_ARNS = {
    "AWS::S3::Bucket": ("BucketName", "arn:aws:s3:::{}"),
    "AWS::DynamoDB::Table": ("TableName", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{{}}"),
    "AWS::SQS::Queue": ("QueueName", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{{}}"),
    "AWS::Kinesis::Stream": ("Name", f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{{}}"),
    "AWS::SNS::Topic": ("TopicName", f"arn:aws:sns:{REGION}:{ACCOUNT}:{{}}"),
    "AWS::Events::Rule": ("Name", f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{{}}"),
    "AWS::Lambda::Function": ("FunctionName", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{{}}"),
    "AWS::Logs::LogGroup": ("LogGroupName", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{{}}:*"),
    "AWS::IAM::Role": ("RoleName", f"arn:aws:iam::{ACCOUNT}:role/{{}}"),
    # AWS makes up their ids.
    "AWS::DAX::Cluster": ("NodeType", f"arn:aws:dax:{REGION}:{ACCOUNT}:cache/cluster-1"),
    "AWS::KMS::Key": ("KeyUsage", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
}
_TAGGED = "AWS's own trust policy for an identity pool with principal tags has sts:TagSession under these conditions"
# how a finding begins: why it is no fault
SILENCED = {
    "media.UserFolderRole.AssumeRolePolicyDocument: UNKNOWN_CONDITION_FOR_ACTION: Unknown condition "
    f"cognito-identity.amazonaws.com:{key} for action sts:TagSession": _TAGGED
    for key in ("aud", "amr")
} | {
    "blog.BlogPolicy.PolicyDocument: RESOURCE_MISMATCH: [{'action': 'states:DescribeExecution', "
    "'required_format': 'arn:*:states:*:*:express:*:*:*'}]": "it asks for executions of a standard machine",
    "blog.BlogPolicy.PolicyDocument: RESOURCE_MISMATCH: [{'action': 'ses:SendEmail'": "SES asks for a mail's "
    "configuration set beside its sender",
    **{
        f"{key}.KeyPolicy: RESOURCE_STAR": "in a key's policy it is that key"
        for key in ("data.UsersKey", "updates.TargetsKey", "updates.TimestampKey")
    },
    "failover.WatchRole.Policies.0.PolicyDocument: RESOURCE_MISMATCH: [{'action': 'states:ListExecutions', "
    "'required_format': 'arn:*:states:*:*:mapRun:*/*:*'}]": "it asks for those of a state machine, not of a map's run",
}


class Renderer:
    """A template's values as CloudFormation would fill them in."""

    def __init__(self, template: Json) -> None:
        self._resources: Json = template["Resources"]
        self._parameters: Json = template.get("Parameters", {})

    def policies(self) -> Iterator[tuple[str, Json]]:
        """Every policy document with a name such as `TodosPolicy.PolicyDocument`."""
        for name, resource in self._resources.items():
            yield from self._documents(name, resource.get("Properties", {}))

    def _documents(self, place: str, value: object) -> Iterator[tuple[str, Json]]:
        if isinstance(value, list):
            for number, each in enumerate(value):
                yield from self._documents(f"{place}.{number}", each)
        elif isinstance(value, dict) and isinstance(value.get("Statement"), list):
            yield place, self.filled(value)
        elif isinstance(value, dict):
            for key, each in value.items():
                yield from self._documents(f"{place}.{key}", each)

    def filled(self, value: object) -> Any:
        """The value without CloudFormation's functions. Of a condition in a list, both branches are taken."""
        if isinstance(value, list):
            return [self.filled(branch) for each in value for branch in _branches(each)]
        if not isinstance(value, dict):
            return value
        if value.keys() == {"Ref"}:
            return self._reference(value["Ref"])
        if value.keys() == {"Fn::GetAtt"}:
            return self._arn(value["Fn::GetAtt"].removesuffix(".Arn"))
        if value.keys() == {"Fn::Sub"}:
            return re.sub(r"\$\{([^}]+)\}", self._substitute, value["Fn::Sub"])
        return {key: self.filled(each) for key, each in value.items()}

    def _substitute(self, found: re.Match[str]) -> str:
        name = found[1]
        if name.startswith("!"):
            return f"${{{name[1:]}}}"
        return self._arn(name.removesuffix(".Arn")) if name.endswith(".Arn") else str(self._reference(name))

    def _reference(self, name: str) -> Any:
        if name in self._resources:
            return self._id(name)
        if name in self._parameters:
            return _PARAMETERS[name] if name in _PARAMETERS else str(self._parameters[name]["Default"])
        return _PSEUDO[name]

    def _id(self, name: str) -> str:
        kind = self._resources[name]["Type"]
        if kind == "AWS::ApiGatewayV2::Api":
            return "a1b2c3d4e5"  # AWS makes it up
        if kind == "AWS::S3::Bucket":
            return str(self.filled(self._resources[name]["Properties"]["BucketName"]))
        return self._arn(name) if kind in _ARNS else f"{REGION}:{name}"

    def _arn(self, name: str) -> str:
        naming, form = _ARNS[self._resources[name]["Type"]]
        return form.format(self.filled(self._resources[name]["Properties"][naming]))


def _branches(value: object) -> list[Any]:
    branches = value["Fn::If"][1:] if isinstance(value, dict) and "Fn::If" in value else [value]
    return [branch for branch in branches if branch != _NOTHING]


def policies() -> dict[str, Json]:
    """The policies of all templates, by names such as `todos.TodosPolicy.PolicyDocument`."""
    return {
        f"{path.parent.name if path.stem == 'stack' else path.stem}.{place}": document
        for path in templates()
        for place, document in Renderer(load(path)).policies()
    }


def findings(documents: dict[str, Json], silenced: Collection[str] = SILENCED.keys()) -> list[str]:
    """What parliament finds and nobody silenced, and what was silenced and is not there any more."""
    asked = json.dumps({name: _with_resource(document) for name, document in documents.items()})
    done = subprocess.run([TOOLS_PYTHON, JUDGE], input=asked, capture_output=True, text=True, check=True)  # noqa: S603
    found = [": ".join(each) for each in json.loads(done.stdout)]
    unused = [each for each in silenced if not any(one.startswith(each) for one in found)]
    return [each for each in found if not each.startswith(tuple(silenced))] + [
        f"silenced, but not there: {each}" for each in unused
    ]


def _with_resource(document: Json) -> Json:
    """A role's trust has no resource, which parliament misses: it gets the role itself."""
    role = {"Resource": f"arn:aws:iam::{ACCOUNT}:role/itself"}
    return {
        **document,
        "Statement": [
            {**role, **each} if "sts:" in str(each.get("Action")) else each for each in document["Statement"]
        ],
    }


if __name__ == "__main__":
    for finding in (found := findings(policies())):
        print(finding)  # noqa: T201 - a command
    sys.exit(bool(found))
