"""What AWS must hold, put into the embedded AWS: the stacks of production, and one function that forwards its events.

The way is production's: infra/data.yaml, then the function, then infra/events.yaml with the function's ARN.
"""

import hashlib
import io
import json
import secrets
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, WaiterError

from infra.local.emulator import CREDENTIALS

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_lambda import LambdaClient

INFRA_DIR = Path(__file__).resolve().parent.parent
PROJECT = "serverless-django"
REGION = "us-east-1"
MAIL_FROM = "hello@myblog.example"
# As in production. The embedded AWS has one poller for all queues and streams, so a stuck event holds up the others.
FUNCTION_TIMEOUT_SECONDS = 60
_FINGERPRINT = "fingerprint"
_MISSING = "does not exist"


class ProvisionError(Exception):
    """A stack could not be applied. The message says which resources failed and why."""


def provision(
    endpoint_url: str, *, stage: str, site_url: str, events_url: str, say: Callable[[str], None] = lambda _: None
) -> dict[str, str]:
    """Bring the embedded AWS to the state of the templates; the environment values that belong to it.

    Asks for nothing that is there already, so a second call takes a few milliseconds. `events_url` receives the
    events of queues and streams by POST. `say` hears of what takes longer. Raises ProvisionError.
    """
    connect = partial(
        boto3.client,
        endpoint_url=endpoint_url,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        config=Config(connect_timeout=2, read_timeout=60, retries={"total_max_attempts": 2}),
    )
    stacks = Stacks(connect("cloudformation"), stage=stage, say=say)
    outputs = stacks.apply(
        "data", Project=PROJECT, Stage=stage, SiteUrl=site_url, MailFrom=MAIL_FROM, Protected="false"
    )
    function = put_function(connect("lambda"), f"{PROJECT}-{stage}-events", events_url)
    sources = {name: value for name, value in outputs.items() if name.endswith("Arn") and name != "MediaTopicArn"}
    stacks.apply("events", MediaFunction=function, TodosFunction=function, BlogFunction=function, **sources)
    return environment(outputs, endpoint_url=endpoint_url, stage=stage, site_url=site_url)


def environment(outputs: dict[str, str], *, endpoint_url: str, stage: str, site_url: str) -> dict[str, str]:
    """The variables config/env.py reads, from the outputs of infra/data.yaml."""
    return {
        **CREDENTIALS,
        "STAGE": stage,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": endpoint_url,
        "TABLE_PREFIX": outputs["TablePrefix"],
        "UPLOADS_BUCKET": outputs["UploadsBucket"],
        "THUMBNAILS_BUCKET": outputs["ThumbnailsBucket"],
        "THUMBNAILS_URL": f"{endpoint_url}/{outputs['ThumbnailsBucket']}",
        "STATIC_BUCKET": outputs["StaticBucket"],
        "MEDIA_TOPIC_ARN": outputs["MediaTopicArn"],
        "COGNITO_USER_POOL_ID": outputs["UserPoolId"],
        "COGNITO_CLIENT_IDS": f"{outputs['WebClientId']},{outputs['MobileClientId']}",
        "COGNITO_IDENTITY_POOL_ID": outputs["IdentityPoolId"],
        "COGNITO_ISSUER": f"https://cognito-idp.{REGION}.amazonaws.com/{outputs['UserPoolId']}",
        "COGNITO_JWKS_URL": f"{endpoint_url}/{outputs['UserPoolId']}/.well-known/jwks.json",
        "COGNITO_DOMAIN_URL": endpoint_url,
        "MAIL_FROM": outputs["MailFrom"],
        "SITE_URL": site_url,
    }


def write_environment(path: Path, values: dict[str, str]) -> dict[str, str]:
    """Keep the values where `manage.py` in another terminal finds them, with a secret key that stays; all of them."""
    try:
        kept: dict[str, str] = json.loads(path.read_text())
    except (OSError, ValueError):
        kept = {}
    values = {"SECRET_KEY": kept.get("SECRET_KEY") or secrets.token_urlsafe(48), **values}
    part = path.with_suffix(".part")
    part.touch(mode=0o600)
    part.write_text(json.dumps(values, indent=2) + "\n")
    part.replace(path)
    return values


class Stacks:
    """The CloudFormation stacks of one stage, each applied when its template or parameters have changed."""

    def __init__(self, client: "CloudFormationClient", *, stage: str, say: Callable[[str], None]) -> None:
        self.client = client
        self.stage = stage
        self.say = say

    def apply(self, template: str, **parameters: str) -> dict[str, str]:
        """Create or update the stack of infra/<template>.yaml; its outputs. Raises ProvisionError."""
        name = f"{PROJECT}-{self.stage}-{template}"
        body = (INFRA_DIR / f"{template}.yaml").read_text()
        fingerprint = hashlib.sha256(f"{body}{sorted(parameters.items())}".encode()).hexdigest()
        stack = self._describe(name)
        if stack is None or _tags(stack).get(_FINGERPRINT) != fingerprint or "ROLLBACK" in stack["StackStatus"]:
            self.say(f"applying infra/{template}.yaml")
            stack = self._change(name, body, parameters, fingerprint, exists=stack is not None)
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    def _change(
        self, name: str, body: str, parameters: dict[str, str], fingerprint: str, *, exists: bool
    ) -> dict[str, Any]:
        verb = "update" if exists else "create"
        request = getattr(self.client, f"{verb}_stack")
        try:
            request(
                StackName=name,
                TemplateBody=body,
                Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
                Capabilities=["CAPABILITY_NAMED_IAM"],
                Tags=[{"Key": _FINGERPRINT, "Value": fingerprint}],
            )
            waiter = self.client.get_waiter("stack_update_complete" if exists else "stack_create_complete")
            waiter.wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 120})
        except WaiterError:
            raise ProvisionError(f"Could not {verb} the stack {name}: {self._failures(name)}") from None
        except ClientError as error:
            raise ProvisionError(f"Could not {verb} the stack {name}: {error.response['Error']['Message']}") from None
        stack = self._describe(name)
        if stack is None:
            raise ProvisionError(f"The stack {name} went away while it was read.")
        return stack

    def _describe(self, name: str) -> dict[str, Any] | None:
        try:
            return dict(self.client.describe_stacks(StackName=name)["Stacks"][0])
        except ClientError as error:
            if _MISSING in error.response["Error"]["Message"]:
                return None
            raise

    def _failures(self, name: str) -> str:
        events = self.client.describe_stack_events(StackName=name)["StackEvents"]
        failed = [
            f"{event['LogicalResourceId']} ({event.get('ResourceType', '')}): {event.get('ResourceStatusReason', '')}"
            for event in reversed(events)
            if event.get("ResourceStatus", "").endswith("_FAILED")
        ]
        return "; ".join(failed) or "no resource gave a reason"


def put_function(client: "LambdaClient", name: str, events_url: str) -> str:
    """The ARN of a function whose invocations the embedded AWS forwards to `events_url`; made or changed if need be."""
    variables = {"MINISTACK_LAMBDA_PROXY_URL": events_url}
    try:
        found = client.get_function_configuration(FunctionName=name)
    except client.exceptions.ResourceNotFoundException:
        return client.create_function(
            FunctionName=name,
            Runtime="python3.11",
            Handler="config.lambda_handler.handler",
            Role=f"arn:aws:iam::000000000000:role/{name}",
            Code={"ZipFile": _empty_zip()},
            Timeout=FUNCTION_TIMEOUT_SECONDS,
            MemorySize=512,
            Environment={"Variables": variables},
        )["FunctionArn"]
    if found.get("Environment", {}).get("Variables") != variables:
        client.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
    return found["FunctionArn"]


def _empty_zip() -> bytes:
    # The code is never run here, but a function must have some.
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("README", "Events of the embedded AWS are forwarded to the local server.")
    return buffer.getvalue()


def _tags(stack: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in stack.get("Tags", [])}
