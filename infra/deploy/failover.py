"""What moves a stage to its second region by itself: infra/failover.yaml there, its veto, its rehearsal."""

import hashlib
import io
import json
import time
from typing import Any

from infra.deploy import edge
from infra.deploy.deployment import DeployError, Deployment, say
from infra.deploy.package import write_zip
from infra.failover.functions import now
from infra.stacks import INFRA_DIR

TEMPLATE = "failover"
FILES = (INFRA_DIR / "__init__.py", *sorted((INFRA_DIR / "failover").glob("*.py")))
_WAIT_SECONDS = 900


def apply(home: Deployment, second: Deployment) -> None:
    """Have the second region watch the home region."""
    code = package()
    # Beside the workers' packages, as nothing expires there: a rollback of the stack asks for the former code.
    bucket = second.stacks.outputs("data")["StaticBucket"]
    key = f"code/failover-{hashlib.sha256(code).hexdigest()[:16]}.zip"
    second.client("s3").put_object(Bucket=bucket, Key=key, Body=code)
    second.stacks.apply(
        TEMPLATE,
        Project=second.project,
        Environment=second.environment,
        Suffix=second.suffix,
        HomeRegion=home.region,
        HomeUrl=home.api_url(),
        SecondUrl=second.api_url(),
        StoreArn=edge.store_arn(home),
        Bucket=bucket,
        CodeKey=key,
        Topic=second.stacks_of(second.stage).outputs("alarms")["TopicArn"],
    )


def package() -> bytes:
    """The functions' code, the same bytes for the same files. Lambda's runtime has the rest."""
    buffer = io.BytesIO()
    write_zip({str(path.relative_to(INFRA_DIR.parent)): path for path in FILES}, buffer)
    return buffer.getvalue()


def remove(second: Deployment) -> None:
    """Have nobody watch the home region any more."""
    second.stacks.delete(TEMPLATE)


def veto(second: Deployment, *, lift: bool) -> None:
    """Forbid fail-overs that start by themselves, or allow them again. The home region is asked nothing."""
    value = "none" if lift else f"since {now()}"
    second.client("ssm").put_parameter(Name=_outputs(second)["Veto"], Value=value, Type="String", Overwrite=True)
    say(f"{second.region} {'takes over by itself again' if lift else 'does not take over by itself'}")


def rehearse(second: Deployment) -> None:
    """Take every step of a fail-over but for the keys CloudFront reads. Raises DeployError when one fails."""
    states = second.client("stepfunctions")
    state = {"began": now(), "rehearsal": True, "said": []}
    arn = states.start_execution(stateMachineArn=_outputs(second)["Machine"], input=json.dumps(state))["executionArn"]
    found = wait_for(states, arn)
    if found["status"] != "SUCCEEDED":
        raise DeployError(f"The rehearsal in {second.region} ended with {found['status']}: see {arn}.")
    for sentence in json.loads(found["output"])["said"]:
        say(sentence)
    say("nobody was sent anywhere: this was a rehearsal")


def wait_for(states: Any, execution: str) -> dict[str, Any]:
    """An execution of the state machine once it has ended. Raises DeployError when it takes too long."""
    deadline = time.monotonic() + _WAIT_SECONDS
    while (found := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
        if time.monotonic() > deadline:
            raise DeployError(f"{execution} is still running.")
        time.sleep(0.5)
    return dict(found)


def _outputs(second: Deployment) -> dict[str, str]:
    if found := second.stacks.outputs(TEMPLATE):
        return found
    raise DeployError(f"{second.stage} is not watched from {second.region}: `make second-region` sets that up.")
