"""Functions that answer no requests, each service's of a package of its own: its stack makes them of the package."""

from config.services import DEFAULT, SERVICES
from infra.deploy import package
from infra.deploy.deployment import Deployment
from infra.stacks import service_template
from serverless.service import Service


def apply(deployment: Deployment, *, alarm_topic: str) -> None:
    """Have the workers of the stage's services run the present code, and their alarms tell an operator."""
    for service in _services(deployment):
        built = package.build([service.name], package.target_of(deployment), for_workers=True)
        bucket = deployment.stacks.outputs("data")["StaticBucket"]
        name = f"code/{built.path.name}"
        deployment.client("s3").upload_file(str(built.path), bucket, name)
        values = {
            "WorkersKey": name,
            "WorkersArchitecture": deployment.settings.get("architecture", "x86_64"),
            "WorkersRuntime": deployment.settings["runtime"],
            "AlarmTopicArn": alarm_topic,
        }
        deployment.stacks.apply_known(service_template(service), {"StaticBucket": bucket, **values})


def remove(deployment: Deployment) -> None:
    """Have none of them run any more, but for those that another stage has taken over: its alarms are theirs."""
    for service in _services(deployment):
        template = service_template(service)
        now = deployment.stacks.parameters(template)
        is_own = now.get("AlarmTopicArn", "").rpartition(":")[2] in {"", f"{deployment.function}-alarms"}
        if now.get("WorkersKey") and is_own:
            # A stream that nobody reads would go on to cost money.
            deployment.stacks.apply_known(template, {"WorkersKey": "", "AlarmTopicArn": "", "ReadsPercent": "0"})


def _services(deployment: Deployment) -> list[Service]:
    """Those whose workers go with this stage: most run in an environment's home region alone."""
    return [
        service
        for service in SERVICES
        if any(worker.in_each_region or not deployment.suffix for worker in service.workers)
        and (service.name if service.is_served else DEFAULT.name) in deployment.services
    ]
