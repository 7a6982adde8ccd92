"""Software updates of a stage: their commands, run on this machine, and the keys that sign them (docs/updates.md)."""

import os
import secrets
import subprocess
import sys
from collections.abc import Sequence

from infra import service_stacks
from infra.deploy import edge
from infra.deploy.deployment import DeployError, Deployment
from infra.deploy.environment import UPDATES_KEYS
from infra.deploy.package import PROJECT_DIR
from infra.stacks import resource_variables
from updates.signing import new_key

COMMANDS = ("publish_update", "rollout_update", "withdraw_update", "list_updates", "update_public_key")
_NOT_USED = "https://not-used.invalid"


def run(deployment: Deployment, command: str, arguments: Sequence[str]) -> None:
    """Run a management command with the operator's own rights, as no function has these. Raises DeployError."""
    line = [sys.executable, str(PROJECT_DIR / "manage.py"), command, *arguments]
    done = subprocess.run(line, env={**os.environ, **variables(deployment)}, check=False)  # noqa: S603 - our own command
    if done.returncode:
        raise DeployError(f"`{command}` failed.")


def variables(deployment: Deployment) -> dict[str, str]:
    """What settings need for these commands: where updates are, and nothing secret of the site. Raises DeployError."""
    data = deployment.stacks.outputs("data") | service_stacks.outputs(deployment.stacks)
    if "UpdatesBucket" not in data:
        raise DeployError(f"{deployment.stage} has no bucket of software updates yet: deploy it first.")
    return {
        **resource_variables(data, region=deployment.region),
        "STAGE": deployment.environment,
        "AWS_REGION": deployment.region,
        "AWS_DEFAULT_REGION": deployment.region,
        "DISTRIBUTION_ID": edge.distribution(deployment),
        "UPDATES_BUCKET": data["UpdatesBucket"],
        "UPDATES_KEYS": f"ssm:{deployment.parameter(UPDATES_KEYS)}",
        # Settings want these, the commands do not.
        "SECRET_KEY": secrets.token_urlsafe(48),
        "ALLOWED_HOSTS": "none",
        **dict.fromkeys(("SITE_URL", "COGNITO_JWKS_URL", "COGNITO_DOMAIN_URL"), _NOT_USED),
    }


def add_key(deployment: Deployment) -> None:
    """Have one key more sign, so that apps can learn it before the former ones go."""
    _keep(deployment, [*_keys(deployment), new_key()])


def retire_key(deployment: Deployment) -> None:
    """Forget the oldest key for ever. Raises DeployError when it is the only one."""
    _, *rest = _keys(deployment)
    if not rest:
        raise DeployError("There is one key alone: add its successor first, and let apps learn it.")
    _keep(deployment, rest)


def _keys(deployment: Deployment) -> list[str]:
    """Oldest first."""
    name = deployment.parameter(UPDATES_KEYS)
    found = deployment.client("ssm").get_parameter(Name=name, WithDecryption=True)
    return str(found["Parameter"]["Value"]).split(",")


def _keep(deployment: Deployment, keys: list[str]) -> None:
    name = deployment.parameter(UPDATES_KEYS)
    deployment.client("ssm").put_parameter(Name=name, Value=",".join(keys), Type="SecureString", Overwrite=True)
