"""Management commands on the operator's machine, for a stage: what they do, no function may."""

import os
import secrets
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence

from infra import service_stacks
from infra.deploy.deployment import ALIAS, DeployError, Deployment
from infra.deploy.package import PROJECT_DIR
from infra.stacks import resource_variables, service_template
from updates.service import SERVICE

_NOT_USED = "https://not-used.invalid"


def run(deployment: Deployment, arguments: Sequence[str]) -> None:
    """Run `manage.py` with the operator's own rights and the live version's variables. Raises DeployError."""
    client = deployment.client("lambda")
    found = client.get_function_configuration(FunctionName=deployment.function, Qualifier=ALIAS)
    variables = {**found["Environment"]["Variables"], "AWS_REGION": deployment.region}
    variables.pop("DAX_ENDPOINT", "")  # nobody reaches it from outside the function's network
    _run_here(arguments, variables)


def _run_here(arguments: Sequence[str], variables: Mapping[str, str]) -> None:
    """Run `manage.py` with these variables beside the shell's own. Raises DeployError when it fails."""
    line = [sys.executable, str(PROJECT_DIR / "manage.py"), *arguments]
    done = subprocess.run(line, env={**os.environ, **variables}, check=False)  # noqa: S603 - our own command
    if done.returncode:
        raise DeployError(f"`{' '.join(arguments[:1])}` failed.")


def run_updates(deployment: Deployment, arguments: Sequence[str]) -> None:
    """Run `manage.py updates` (docs/updates.md) with the operator's own rights. Raises DeployError."""
    _run_here(["updates", *arguments], _updates_variables(deployment))


def _updates_variables(deployment: Deployment) -> dict[str, str]:
    """What settings need for these commands: where updates are, and nothing secret of the site. Raises DeployError."""
    data = deployment.stacks.outputs("data") | service_stacks.outputs(deployment.stacks)
    if "UpdatesBucket" not in data:
        raise DeployError(f"{deployment.stage} has no bucket of software updates yet: deploy it first.")
    # What a second region lacks, as users are at home, these commands don't use.
    data = defaultdict(lambda: "not-used", data)
    return {
        **resource_variables(data),
        "STAGE": deployment.environment,
        "AWS_REGION": deployment.region,
        "AWS_DEFAULT_REGION": deployment.region,
        # A second region knows it by itself: the home region may not answer.
        "DISTRIBUTION_ID": deployment.stacks.parameters(service_template(SERVICE)).get("DistributionId", ""),
        "UPDATES_BUCKET": data["UpdatesBucket"],
        "UPDATES_TARGETS_KEYS": os.environ.get("UPDATES_TARGETS_KEYS", data["UpdatesTargetsKey"]),
        "UPDATES_TIMESTAMP_KEYS": os.environ.get("UPDATES_TIMESTAMP_KEYS", data["UpdatesTimestampKey"]),
        # Settings want these, the commands do not.
        "SECRET_KEY": secrets.token_urlsafe(48),
        "ALLOWED_HOSTS": "none",
        **dict.fromkeys(("SITE_URL", "COGNITO_JWKS_URL", "COGNITO_DOMAIN_URL"), _NOT_USED),
    }
