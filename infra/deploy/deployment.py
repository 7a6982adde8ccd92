"""One stage of zappa_settings.json on one AWS account: its names, its services, its clients."""

import subprocess
import time
from collections.abc import Callable, Mapping
from functools import cached_property, partial, wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click
from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from config import services
from infra.failover.store import StoreError
from infra.names import region_code
from infra.stacks import StackError, Stacks

if TYPE_CHECKING:
    import boto3

# Those that functions serve.
SERVICES = tuple(service.name for service in services.SERVED)
ALIAS = "live"  # what API Gateway calls; apigateway_lambda_qualifier in zappa_settings.json
EVENTS_ALIAS = "events"  # what queues and streams call, so that a canary gets requests alone, and is judged by them
# What ends a command with a sentence: AWS or the network does not do as asked, or this machine, as without space.
FAILURES = (StackError, StoreError, BotoCoreError, ClientError, Boto3Error, OSError, subprocess.SubprocessError)


class DeployError(click.ClickException):
    """The deployment stops here. The message says what is wrong and what to do; Zappa prints it and exits with 1."""


class Deployment:
    """A stage: `production` holds all services in one function, `production_todos` one service of the same data."""

    def __init__(self, stage: str, settings: Mapping[str, Any], session: "boto3.Session") -> None:
        self.stage = stage
        self.environment, _, service = stage.partition("_")
        self.services = (service,) if service else SERVICES
        if unknown := set(self.services) - set(SERVICES):
            raise DeployError(f"Stage {stage}: there is no service {unknown.pop()!r}; there are {', '.join(SERVICES)}.")
        self.settings = settings
        self.options: Mapping[str, Any] = settings.get("deploy", {})
        self.project: str = settings["project_name"]
        self.session = session
        self.region: str = session.region_name
        self._clients: dict[tuple[str, str], Any] = {}
        # The first region, where tables were made and users are; a second one has replicas of the tables.
        self.home_region = str(self.options.get("home_region", self.region))
        # What names that are global, such as those of roles and buckets, end with in a second region.
        self.suffix = "" if self.region == self.home_region else f"-{region_code(self.region)}"
        self.whole = self.services == SERVICES  # whether this one function serves everything
        self.function = f"{self.project}-{stage}".replace("_", "-")  # the Lambda function's name, as Zappa makes it
        self.role = f"{self.function}-function{self.suffix}"  # of the function, in infra/platform.yaml
        # Whether its API is reached from a VPC alone.
        self.is_private = "PRIVATE" in settings.get("endpoint_configuration", [])

    @property
    def protected(self) -> bool:
        """Whether tables, user pool and stacks refuse to be deleted."""
        return bool(self.options.get("protected", True))

    @cached_property
    def stacks(self) -> Stacks:
        """The stacks of the environment, which all its stages share."""
        return self.stacks_of(self.environment)

    def stacks_of(self, owner: str, region: str = "") -> Stacks:
        """The stacks of an environment, or of a single stage; in another region when one is given."""
        name = owner.replace("_", "-")
        client = self.client("cloudformation", region)
        connect, poll = partial(self.client, region=region), self.poll_seconds
        return Stacks(client, stage=name, say=say, project=self.project, poll_seconds=poll, connect=connect)

    def client(self, service: str, region: str = "") -> Any:
        """A boto3 client of the account that is deployed to, made once."""
        key = (service, region or self.region)
        if key not in self._clients:
            config = Config(max_pool_connections=32, retries={"mode": "standard", "total_max_attempts": 5})
            make: Callable[..., Any] = self.session.client
            self._clients[key] = make(service, region_name=key[1], config=config)
        return self._clients[key]

    def check_access(self) -> None:
        """Raise DeployError unless AWS accepts the credentials, in the stage's own region."""
        if (wanted := self.settings.get("aws_region", self.region)) != self.region:
            raise DeployError(
                f"{self.stage} is in {wanted}, but AWS_DEFAULT_REGION or your profile says {self.region}: "
                "unset it, or name the same."
            )
        try:
            _ = self.account
        except (BotoCoreError, ClientError) as error:
            raise DeployError(
                f"AWS does not let you into {self.region} ({error}): see `aws sts get-caller-identity`, "
                "and whether the account has that region enabled."
            ) from None

    @cached_property
    def account(self) -> str:
        """The account's number."""
        return str(self.client("sts").get_caller_identity()["Account"])

    @cached_property
    def partition(self) -> str:
        """`aws`, or the partition of China or of the government regions."""
        return str(self.session.get_partition_for_region(self.region))

    @property
    def dns_suffix(self) -> str:
        """What AWS's host names in the partition end with."""
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"

    @cached_property
    def endpoint_url(self) -> str:
        """Where the embedded AWS answers, when AWS_ENDPOINT_URL says so; nothing on AWS."""
        url: str = self.client("sts").meta.endpoint_url
        return "" if "amazonaws.com" in url else url

    @property
    def embedded(self) -> bool:
        """Whether this goes to the embedded AWS."""
        return bool(self.endpoint_url)

    @property
    def poll_seconds(self) -> float:
        """The time between two looks at what AWS has under way."""
        return 0.1 if self.embedded else 5

    @cached_property
    def bucket(self) -> str:
        """Where Zappa puts its template while it is applied."""
        return f"{self.project}-{self.environment}-deploy-{self.account}{self.suffix}"

    def parameter(self, name: str) -> str:
        """The name of a secret of the environment in Systems Manager's Parameter Store."""
        return f"/{self.project}/{self.environment}/{name}"

    def keep(self, name: str, value: str, kind: str = "SecureString") -> None:
        """Write a secret of the environment, or another parameter of its own `kind`, in the stage's region."""
        self.client("ssm").put_parameter(Name=self.parameter(name), Value=value, Type=kind, Overwrite=True)

    def queue_arn(self, name: str) -> str:
        """The ARN of a queue of the environment."""
        return f"arn:{self.partition}:sqs:{self.region}:{self.account}:{self.project}-{self.environment}-{name}"

    def events_arn(self) -> str:
        """The ARN of what queues and streams call."""
        return f"arn:{self.partition}:lambda:{self.region}:{self.account}:function:{self.function}:{EVENTS_ALIAS}"

    def api_id(self) -> str:
        """The id of the stage's REST API, from Zappa's own stack; empty before the first deployment has made it.

        Any other failure is raised, so that it is not taken for a stage that is not there.
        """
        cloudformation = self.client("cloudformation")
        try:
            found = cloudformation.describe_stack_resource(StackName=self.function, LogicalResourceId="Api")
        except ClientError as error:
            if "does not exist" in error.response["Error"]["Message"]:
                return ""
            raise
        api = found["StackResourceDetail"]
        # A creation that was rolled back goes on to name what it has deleted.
        return "" if api["ResourceStatus"] == "DELETE_COMPLETE" else str(api.get("PhysicalResourceId", ""))

    def api_host(self) -> str:
        """The host name of the stage's REST API; empty before the first deployment."""
        api = self.api_id()
        return self.gateway_host(api) if api else ""

    def gateway_host(self, api: str) -> str:
        """The host name of an API of API Gateway."""
        if self.embedded:
            return f"{api}.execute-api.localhost"
        return f"{api}.execute-api.{self.region}.{self.dns_suffix}"

    def api_url(self) -> str:
        """Where the stage answers at API Gateway, without a slash at the end; empty before the first deployment."""
        if not (api := self.api_id()):
            return ""
        door = f"{self.endpoint_url}/_aws/execute-api/{api}" if self.embedded else f"https://{self.gateway_host(api)}"
        return f"{door}/{self.stage}"

    def stages(self) -> "list[Deployment]":
        """Those of the environment in this region, deployed or not: the one of all services, then one for each."""
        whole = Deployment(self.environment, self.settings, self.session)
        return [whole, *(self.sibling(service) for service in SERVICES)]

    def sibling(self, service: str) -> "Deployment":
        """The stage that serves one service of the same environment alone."""
        return Deployment(f"{self.environment}_{service}", self.settings, self.session)


_P = ParamSpec("_P")
_R = TypeVar("_R")


def told(act: Callable[_P, _R]) -> Callable[_P, _R]:
    """What Zappa calls, whose failures are sentences: of all but a DeployError Zappa shows the traceback."""

    @wraps(act)
    def tell(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            return act(*args, **kwargs)
        except FAILURES as error:
            raise DeployError(str(error)) from None

    return tell


def until(deployment: Deployment, is_done: Callable[[], bool], what: str, seconds: float = 3600) -> None:
    """Wait for what AWS has under way. Raises DeployError after so many seconds."""
    deadline = time.monotonic() + seconds
    while not is_done():
        if time.monotonic() > deadline:
            raise DeployError(f"Waited {seconds / 3600:g} hours for {what}: see AWS's console, then repeat.")
        time.sleep(deployment.stacks.poll_seconds)


def say(text: str) -> None:
    """Tell the operator."""
    click.echo(f"  {text}")
