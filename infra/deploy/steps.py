"""What happens around a Zappa command, in order. `before` prepares, Zappa acts, `after` takes it into service.

deploy, update   data -> services' stacks -> platform and role -> secrets -> package -> static files | Zappa | edge ->
                 version -> alias -> API Gateway's stage -> alarms -> event sources -> checks
rollback         the alias moves back; Zappa does nothing
invoke, manage   the live version is asked
package          ours, not Zappa's
undeploy         event sources, alarms and edge go | Zappa removes function and API; the data stays
"""

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import click

from config.services import failure_queues, named
from infra import service_stacks
from infra.deploy import (
    alarms,
    canary,
    checks,
    dax,
    edge,
    environment,
    events,
    gateway,
    package,
    regions,
    release,
    static_files,
    users,
    workers,
)
from infra.deploy.deployment import ALIAS, DeployError, Deployment, say, told
from infra.mail import make_sender
from infra.stacks import service_template

if TYPE_CHECKING:
    from zappa.cli import ZappaCLI


@told
def before(cli: "ZappaCLI") -> None:
    """Prepare what the command needs. `cli` is Zappa's, its settings loaded. Raises DeployError."""
    # To package, Zappa opens no session.
    session = cli.zappa.boto_session or boto3.Session(region_name=cli.stage_config["aws_region"])
    deployment = Deployment(cli.api_stage, cli.stage_config, session)
    command = cli.command
    if command == "package":
        cli.create_package = partial(make_package, cli, deployment)
        return
    deployment.check_access()
    if command not in {"deploy", "template"}:
        release.check_exists(deployment)
    if command == "deploy" and release.exists(deployment) and not deployment.api_id():
        remove_leftover(deployment)
    if command in {"deploy", "update"}:
        prepare(cli, deployment)
    elif command == "rollback":
        cli.rollback = partial(roll_back, deployment)
    elif command in {"invoke", "manage"}:
        # Zappa would ask the code that was uploaded last, be it live or not.
        cli.vargs["qualifier"] = cli.vargs.get("qualifier") or ALIAS
    elif command == "undeploy":
        confirm_undeploy(cli, deployment)


def prepare(cli: "ZappaCLI", deployment: Deployment) -> None:
    """Everything the code needs, before the code."""
    checks.before_deploying(deployment)
    say(f"this is the account {deployment.account}, in {deployment.region}")
    data = apply_data(deployment)
    function = apply_platform(deployment)
    gateway.make_logs_role(deployment)
    environment.make_secrets(deployment)
    cli.zappa.credentials_arn = function["RoleArn"]
    cli.s3_bucket_name = deployment.bucket
    cli.vpc_config = dax.apply(deployment)
    look_sooner(cli, deployment)
    look_there(cli, deployment)
    cli.aws_environment_variables = environment.variables(deployment, data)
    if not cli.vargs.get("zip"):
        cli.vargs["zip"] = str(pack(deployment, data["StaticBucket"]))


def look_sooner(cli: "ZappaCLI", deployment: Deployment) -> None:
    """Have Zappa wait as all else here does: it would look every five seconds at a function, every three at a stack.

    And stop where something fails.
    """
    cli.zappa.wait_until_lambda_function_is_active = partial(release.wait, deployment, "function_active_v2")
    cli.zappa.wait_until_lambda_function_is_updated = partial(release.wait, deployment, "function_updated_v2")
    cli.zappa.update_stack = partial(update_api, cli.zappa.update_stack, deployment)
    cli.zappa.upload_to_s3 = partial(upload, deployment)


def look_there(cli: "ZappaCLI", deployment: Deployment) -> None:
    """Have CloudFormation fetch the API's template at the region's own address of S3.

    Zappa names the one of old for all regions, which answers 400 for those that began after March 2019:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
    """

    def name_region(params: dict[str, Any], **_: object) -> None:
        if "TemplateURL" in params:
            params["TemplateURL"] = params["TemplateURL"].replace("//s3.amazon", f"//s3.{deployment.region}.amazon")

    cli.zappa.cf_client.meta.events.register("provide-client-params.cloudformation", name_region)


@told
def upload(deployment: Deployment, path: str, bucket: str, disable_progress: bool = False) -> bool:
    """Put the API's template into S3: where that fails, Zappa would go on without it. Raises DeployError."""
    deployment.client("s3").upload_file(path, bucket, Path(path).name)
    return True


@told
def update_api(update: Callable[..., None], deployment: Deployment, name: str, bucket: str, **options: bool) -> None:
    """Create or update the stack of the stage's API. Raises DeployError."""
    before = deployment.stacks.updatable(name)
    try:
        update(name, bucket, **{**options, "wait": False})
    finally:  # Zappa leaves its template in the checkout when it breaks off
        for template in Path.cwd().glob(f"{name}-template-*.json"):
            template.unlink(missing_ok=True)
    stack = deployment.stacks.at_rest(name)
    good = {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
    if before and stack and stack.get("LastUpdatedTime") == before.get("LastUpdatedTime"):
        good.add("UPDATE_ROLLBACK_COMPLETE")  # of an earlier update: there was nothing to do now
    if stack and stack["StackStatus"] not in good:
        raise DeployError(f"The stack {name} is {stack['StackStatus']}: {deployment.stacks.failures(name)}")


def remove_leftover(deployment: Deployment) -> None:
    """Remove a function without an API, which a deployment that broke off has left: Zappa would refuse to go on."""
    say(f"an earlier deployment broke off after it made {deployment.function}: making it again")
    delete_api(deployment, deployment.function)
    deployment.client("lambda").delete_function(FunctionName=deployment.function)


def apply_data(deployment: Deployment, second_suffix: str | None = None) -> dict[str, str]:
    """Apply infra/data.yaml and the stacks of all services; the outputs of all, with the users of the first region.

    With the site's present address, and a second region as it was or is said.
    """
    if second_suffix is None:
        second_suffix = regions.second_suffix(deployment)
    stacks = deployment.stacks
    values = {
        "Project": deployment.project,
        "Environment": deployment.environment,
        "SiteUrl": environment.site_url(deployment),
        "MailFrom": deployment.options["mail_from"],
        **users_sender(deployment),
        "Protected": str(deployment.protected).lower(),
        **users.parameter(deployment),
        "OverTlsAlone": str(not deployment.embedded).lower(),
        "DistributionId": edge.distribution(deployment),
        # CloudFront's logs are what is counted.
        "ReadsPercent": str(deployment.options.get("count_reads", 0) if deployment.options.get("edge", True) else 0),
        "Suffix": deployment.suffix,
        "SecondSuffix": second_suffix,
        "OtherRegion": regions.other_region(deployment, second_suffix),
        **acceleration(deployment),
    }
    data = regions.home_outputs(deployment) | stacks.apply_known("data", values)
    data |= service_stacks.apply(stacks, {**regions.streams(deployment, data), **data, **values})
    if deployment.protected:
        for template in ("data", *map(service_template, service_stacks.owners())):
            stacks.protect(template)
    return data


def acceleration(deployment: Deployment) -> dict[str, str]:
    """Whether uploads go by S3's Transfer Acceleration, which not every region has.

    A bucket that has it keeps it: forms that were given out name that address, and what is not used costs nothing.
    """
    return {"AccelerateUploads": "true"} if deployment.options.get("accelerate_uploads") else {}


def users_sender(deployment: Deployment) -> dict[str, str]:
    """By whom users get Cognito's mail: the site's own sender where SES sends by it to anybody, else Cognito's.

    In its sandbox SES would send to nobody new, where Cognito's own mail reaches 50 people a day.
    """
    sender = make_sender(deployment.client("sesv2"), deployment.options["mail_from"])
    if not sender.is_verified or sender.is_in_sandbox or deployment.suffix:
        return {"UsersMailFrom": "", "UsersMailIdentity": ""}
    return {"UsersMailFrom": sender.address, "UsersMailIdentity": sender.identity}


def apply_platform(deployment: Deployment) -> dict[str, str]:
    """Apply infra/platform.yaml, then infra/function.yaml with the policies of the stage's services; its outputs."""
    failures = failure_queues()
    policies = deployment.stacks.apply(
        "platform",
        Project=deployment.project,
        Environment=deployment.environment,
        Suffix=deployment.suffix,
        FailureQueues=",".join(map(deployment.queue_arn, failures)),
        Queues=",".join(map(deployment.queue_arn, filter(None, failures.values()))),
    )
    apply_budget(deployment)
    policies |= service_stacks.outputs(deployment.stacks)
    return deployment.stacks_of(deployment.stage).apply(
        "function",
        Function=deployment.function,
        Policies=",".join(policies[name] for name in policy_names(deployment)),
        Suffix=deployment.suffix,
    )


def policy_names(deployment: Deployment) -> list[str]:
    """The outputs of the policies that the function's role has."""
    services = named(deployment.services)
    admin = ["AdminPolicy"] if any(service.has_admin for service in services) else []
    return ["CommonPolicy", *admin, *(f"{service.name.title()}Policy" for service in services)]


def apply_budget(deployment: Deployment) -> None:
    """Make, change or remove the environment's budget, which is the account's: a second region has none of its own."""
    stacks = deployment.stacks_of(deployment.environment, edge.REGION)
    amount, mail = deployment.options.get("monthly_budget", 0), deployment.options.get("alarm_mail", "")
    if amount and mail and not deployment.suffix:
        stacks.apply("budget", MonthlyBudget=str(amount), Mail=mail)
    elif not deployment.suffix:
        stacks.delete("budget")


def pack(deployment: Deployment, static_bucket: str) -> Path:
    """Build the package and put the static files it names into S3; where the package is."""
    manifest = static_files.collect()
    path = build_package(deployment, manifest)
    count = static_files.upload(manifest, deployment.client("s3"), static_bucket)
    say(f"put {count} new static files into {static_bucket}")
    return path


def build_package(deployment: Deployment, manifest: Path) -> Path:
    """Build the stage's package for its own runtime and say what it holds; where it is."""
    built = package.build(deployment.services, package.target_of(deployment), static_manifest=manifest)
    click.echo(built.table())
    say(f"packed into {built.path}")
    return built.path


@told
def make_package(cli: "ZappaCLI", deployment: Deployment, output: str | None = None) -> None:
    """What `zappa package` does here: the package, without the static files it names, which deployments put into S3."""
    cli.zip_path = output or f"{deployment.function}.zip"
    Path(cli.zip_path).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(build_package(deployment, static_files.collect()), cli.zip_path)


@told
def after(cli: "ZappaCLI") -> None:
    """Take what Zappa deployed into service. Raises DeployError when anything is missing."""
    deployment = Deployment(cli.api_stage, cli.stage_config, cli.zappa.boto_session)
    edge.apply(deployment)
    function = apply_platform(deployment)
    data = apply_data(deployment)
    code = package.code_sha256(cli.vargs["zip"])
    version = release.publish(deployment, environment.variables(deployment, data), code)
    if percent := getattr(cli, "canary_percent", 0):
        canary.run(deployment, version, percent)
    else:
        release.go_live(deployment, version)
    gateway.configure(deployment, access_logs_arn=function["AccessLogsArn"])
    topic = alarms.apply(deployment)
    events.apply(deployment, alarm_topic=topic)
    workers.apply(deployment, alarm_topic=topic)
    release.prune(deployment)
    if not dax.node_type(deployment):
        dax.remove(deployment)
    checks.after_deploying(deployment)
    if second := regions.second_region(deployment):
        say(f"bring {second} up to date, too: make second-region STAGE={deployment.stage}")
    say(f"version {version} of {deployment.function} is live")
    for warning in make_sender(deployment.client("sesv2"), deployment.options["mail_from"]).warnings():
        say(warning)
    say(f"the site is at {environment.site_url(deployment)}, its users are in the pool {data['UserPoolId']}")


@told
def roll_back(deployment: Deployment, back: int) -> None:
    """What `zappa rollback` does here. Raises DeployError if the version is not healthy."""
    version = release.roll_back(deployment, back)
    # Before it is asked, which may fail: who repeats this goes back one release more.
    say(f"version {version} of {deployment.function} is live")
    if illness := release.sickness(deployment, version):
        raise DeployError(f"Version {version} is live again but not healthy. {illness}")


def confirm_undeploy(cli: "ZappaCLI", deployment: Deployment) -> None:
    """Ask before Zappa would, then remove what calls the function, so that nothing calls what is not there.

    Raises DeployError.
    """
    if deployment.whole and (second := regions.second_region(deployment)):
        raise DeployError(f"Remove the second region {second} first: make remove-second-region.")
    what = f"{deployment.function}{' and its CloudFront' if edge.leads_to(deployment) else ''}"
    if not cli.vargs["yes"]:
        click.confirm(f"Remove {what}? Its data stays.", abort=True)
        cli.vargs["yes"] = True
    events.remove(deployment)
    workers.remove(deployment)
    alarms.remove(deployment)
    edge.remove(deployment)
    cli.zappa.delete_stack = partial(delete_api, deployment)
    cli.zappa.delete_lambda_function = partial(delete_function, cli.zappa.delete_lambda_function, deployment)
    say("tables, buckets and users stay; `python -m infra.deploy delete-data` removes them")


@told
def delete_function(delete: Callable[[str], object], deployment: Deployment, name: str) -> None:
    """Delete the function, then the network it was in."""
    delete(name)
    dax.remove(deployment)


@told
def delete_api(deployment: Deployment, name: str, wait: bool = True) -> bool:
    """Delete the stack of the stage's API; whether it existed. Zappa would look only every 30 seconds if it is gone."""
    api = deployment.api_id()
    deployment.stacks.remove(name)
    if api:
        gateway.delete_logs(deployment, api)
    return bool(api)
