"""What AWS must hold, put into the embedded AWS: the stacks of production, and one function that forwards its events.

The way is production's: infra/data.yaml, then each service's stack.yaml, here at once with the function's ARN.
"""

import json
import secrets
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from config.edge import edge_url
from config.services import SERVICES, published_with_variables, workers
from infra import service_stacks
from infra.local.emulator import CREDENTIALS, FORWARD_TO, EmulatorError
from infra.local.mending import mend
from infra.local.whole_file import write_whole
from infra.mail import make_sender
from infra.stacks import PROJECT, Stacks, resource_variables

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

REGION = "us-east-1"
MAIL_FROM = "hello@myblog.example"
# As in production. The embedded AWS has one poller for all queues and streams, so a stuck event holds up the others.
FUNCTION_TIMEOUT_SECONDS = 60
_EMPTY_ZIP = b"PK\5\6" + bytes(18)  # the code is never run here, but a function must have some
FORWARDED = "forwarded"  # a service's stack makes no workers then


def provision(
    endpoint_url: str, *, stage: str, site_url: str, events_url: str, say: Callable[[str], None] = lambda _: None
) -> dict[str, str]:
    """Bring the embedded AWS to the state of the templates; the environment values that belong to it.

    Asks for nothing that is there already, so a second call takes a few milliseconds. `events_url` receives the
    events of queues and streams by POST. `say` hears of what takes longer. Raises StackError.
    """
    make_client = partial(
        boto3.client,
        endpoint_url=endpoint_url,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        config=Config(connect_timeout=2, read_timeout=60, retries={"total_max_attempts": 2}),
    )
    connect = cache(make_client)  # each resource is asked for, and a client takes as long to make as the question
    stacks = Stacks(connect("cloudformation"), stage=stage, say=say, connect=connect)
    values = {
        "Project": PROJECT,
        "Environment": stage,
        "SiteUrl": site_url,
        "MailFrom": MAIL_FROM,
        "Protected": "false",
        "OverTlsAlone": "false",
        "ReadsPercent": "100",
    }
    mend(stacks, connect)
    outputs = stacks.apply_known("data", values)
    make_sender(connect("sesv2"), MAIL_FROM)
    function, functions = f"{PROJECT}-{stage}-events", connect("lambda")
    values |= {"Function": function, "FunctionArn": put_function(functions, function, events_url)}
    for worker in workers():
        put_function(functions, f"{outputs['TablePrefix']}{worker}", events_url)
    # Tokens of before live for an hour here, too; nobody waits for it.
    values |= {"WorkersKey": FORWARDED, "TokenSeconds": "1"}
    outputs |= service_stacks.apply(stacks, values | outputs)
    return environment(outputs, endpoint_url=endpoint_url, stage=stage, site_url=site_url)


def environment(outputs: dict[str, str], *, endpoint_url: str, stage: str, site_url: str) -> dict[str, str]:
    """The variables config/env.py reads, from the outputs of the stacks."""
    return {
        **CREDENTIALS,
        "STAGE": stage,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": endpoint_url,
        **resource_variables(outputs),
        **{variable: outputs[output] for each in SERVICES for variable, output in each.outputs.items()},
        **{each.variable: edge_url(endpoint_url, outputs[each.bucket]) for each in published_with_variables()},
        "COGNITO_JWKS_URL": f"{endpoint_url}/{outputs['UserPoolId']}/.well-known/jwks.json",
        "COGNITO_DOMAIN_URL": endpoint_url,
        "SITE_URL": site_url,
    }


def write_environment(path: Path, values: dict[str, str]) -> dict[str, str]:
    """Keep the values where `manage.py` in another terminal finds them, with keys that stay; all of them.

    Raises EmulatorError if the file is damaged, as another key would end all sessions and links without a word, or
    can't be written.
    """
    try:
        kept = json.loads(path.read_text())["SECRET_KEY"]
    except FileNotFoundError:
        kept = secrets.token_urlsafe(48)
    except (ValueError, KeyError, TypeError):
        raise EmulatorError(
            f"{path} is damaged: delete it, and the next start makes another; who is signed in signs in again."
        ) from None
    values = {"SECRET_KEY": kept, **values}
    try:
        write_whole(path, f"{json.dumps(values, indent=2)}\n".encode(), mode=0o600)
    except OSError as error:
        raise EmulatorError(f"Cannot write {path} ({error.strerror}): make room for it.") from None
    return values


def put_function(client: "LambdaClient", name: str, events_url: str) -> str:
    """The ARN of a function whose invocations the embedded AWS forwards to `events_url`; made or changed if need be."""
    variables = {FORWARD_TO: events_url}
    try:
        found = client.get_function_configuration(FunctionName=name)
    except client.exceptions.ResourceNotFoundException:
        return client.create_function(
            FunctionName=name,
            # Of Python's it would run the code itself for an event of a WebSocket, and forward others alone.
            Runtime="provided.al2023",
            Handler="forwarded",
            Role=f"arn:aws:iam::000000000000:role/{name}",
            Code={"ZipFile": _EMPTY_ZIP},
            Timeout=FUNCTION_TIMEOUT_SECONDS,
            MemorySize=512,
            Environment={"Variables": variables},
        )["FunctionArn"]
    if found.get("Environment", {}).get("Variables") != variables:
        client.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
    return found["FunctionArn"]
