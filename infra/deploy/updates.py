"""Software updates of a stage: their commands, and the function that signs their timestamps (docs/updates.md)."""

import os
import secrets
import subprocess
import sys
from collections.abc import Sequence

from config.services import DEFAULT
from infra import service_stacks
from infra.deploy import edge, package
from infra.deploy.deployment import DeployError, Deployment
from infra.deploy.package import PROJECT_DIR
from infra.stacks import resource_variables, service_template
from updates.service import SERVICE

_NOT_USED = "https://not-used.invalid"


def run(deployment: Deployment, arguments: Sequence[str]) -> None:
    """Run `manage.py updates` with the operator's own rights, as no function has these. Raises DeployError."""
    line = [sys.executable, str(PROJECT_DIR / "manage.py"), "updates", *arguments]
    done = subprocess.run(line, env={**os.environ, **variables(deployment)}, check=False)  # noqa: S603 - our own command
    if done.returncode:
        raise DeployError("`updates` failed.")


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
        "UPDATES_TARGETS_KEYS": os.environ.get("UPDATES_TARGETS_KEYS", data["UpdatesTargetsKey"]),
        "UPDATES_TIMESTAMP_KEYS": os.environ.get("UPDATES_TIMESTAMP_KEYS", data["UpdatesTimestampKey"]),
        # Settings want these, the commands do not.
        "SECRET_KEY": secrets.token_urlsafe(48),
        "ALLOWED_HOSTS": "none",
        **dict.fromkeys(("SITE_URL", "COGNITO_JWKS_URL", "COGNITO_DOMAIN_URL"), _NOT_USED),
    }


def apply_signer(deployment: Deployment, *, alarm_topic: str) -> None:
    """Have timestamps signed by the present code, and an operator told when they are not."""
    if not _signs(deployment):
        return
    built = package.build(["updates"], package.target_of(deployment))
    bucket = deployment.stacks.outputs("data")["StaticBucket"]
    name = f"code/{built.path.name}"
    deployment.client("s3").upload_file(str(built.path), bucket, name)
    architecture = deployment.settings.get("architecture", "x86_64")
    values = {"SignerKey": name, "SignerArchitecture": architecture, "AlarmTopicArn": alarm_topic}
    deployment.stacks.apply_known(service_template(SERVICE), {"StaticBucket": bucket, **values})


def remove_signer(deployment: Deployment) -> None:
    """Have no function sign any more: apps hear of updates for a week at most."""
    template = service_template(SERVICE)
    if _signs(deployment) and deployment.stacks.parameters(template).get("SignerKey"):
        deployment.stacks.apply_known(template, {"SignerKey": "", "AlarmTopicArn": ""})


def _signs(deployment: Deployment) -> bool:
    """Whether the function goes with this stage: it is one for an environment, in its home region."""
    return not deployment.suffix and DEFAULT.name in deployment.services
