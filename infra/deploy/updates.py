"""The commands of software updates for a stage (docs/updates.md)."""

import os
import secrets
from collections import defaultdict
from collections.abc import Sequence

from infra import service_stacks
from infra.deploy.deployment import DeployError, Deployment
from infra.deploy.management import run_here
from infra.stacks import resource_variables, service_template
from updates.service import SERVICE

_NOT_USED = "https://not-used.invalid"


def run(deployment: Deployment, arguments: Sequence[str]) -> None:
    """Run `manage.py updates` with the operator's own rights, which no function has. Raises DeployError."""
    run_here(["updates", *arguments], variables(deployment))


def variables(deployment: Deployment) -> dict[str, str]:
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
