"""Management commands on the operator's machine, for a stage: what they do, no function may."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence

from infra.deploy.deployment import ALIAS, DeployError, Deployment
from infra.deploy.package import PROJECT_DIR


def run(deployment: Deployment, arguments: Sequence[str]) -> None:
    """Run `manage.py` with the operator's own rights and the live version's variables. Raises DeployError."""
    client = deployment.client("lambda")
    found = client.get_function_configuration(FunctionName=deployment.function, Qualifier=ALIAS)
    variables = {**found["Environment"]["Variables"], "AWS_REGION": deployment.region}
    variables.pop("DAX_ENDPOINT", "")  # nobody reaches it from outside the function's network
    run_here(arguments, variables)


def run_here(arguments: Sequence[str], variables: Mapping[str, str]) -> None:
    """Run `manage.py` with these variables beside the shell's own. Raises DeployError when it fails."""
    line = [sys.executable, str(PROJECT_DIR / "manage.py"), *arguments]
    done = subprocess.run(line, env={**os.environ, **variables}, check=False)  # noqa: S603 - our own command
    if done.returncode:
        raise DeployError(f"`{' '.join(arguments[:1])}` failed.")
