"""CloudFront in front of an environment, once every service of it has an API."""

import secrets

from botocore.exceptions import BotoCoreError, ClientError

from config.services import SERVICES
from infra import service_stacks
from infra.deploy import regions
from infra.deploy.deployment import SERVICES as SERVED
from infra.deploy.deployment import DeployError, Deployment, say
from infra.failover.store import Store

TEMPLATE = "edge"
REGION = "us-east-1"  # where CloudFront's firewalls and certificates must be
KEY_PARAMETER = "edge-key"
STORE_PARAMETER = "regions-store"  # where the second region finds the keys' ARN


def apply(deployment: Deployment, *, alone: bool = False) -> None:
    """Apply infra/edge.yaml for a stage in its home region: paths of the stage's services lead to its API.

    Those of other services stay where they lead. A second region is one of the origins unless this is to be `alone`;
    which region serves is said by the keys of `store`, and no deployment changes that.
    """
    if deployment.suffix or not deployment.options.get("edge", True):
        return
    stacks = deployment.stacks_of(deployment.environment, REGION)
    now = stacks.parameters(TEMPLATE)
    origins: dict[str, str] = {}
    for service in SERVED:
        here = service in deployment.services
        name = service.title()
        origins[f"{name}Origin"] = deployment.api_host() if here else now.get(f"{name}Origin", "")
        origins[f"{name}Path"] = f"/{deployment.stage}" if here else now.get(f"{name}Path", "")
    if "" in origins.values():  # then as if all had functions of their own
        origins = {}
        for sibling in map(deployment.sibling, SERVED):
            name = sibling.services[0].title()
            origins |= {f"{name}Origin": sibling.api_host(), f"{name}Path": f"/{sibling.stage}"}
    if "" in origins.values():
        if deployment.options.get("domain"):
            missing = [service for service in SERVED if not origins[f"{service.title()}Origin"]]
            say(f"CloudFront is made once {', '.join(missing)} is deployed, too; until then nobody is answered")
        return
    second = {} if alone else _second(deployment)
    stacks.apply(TEMPLATE, **origins, **_buckets(deployment), **second, **_rest(deployment))
    others = [deployment.sibling(service).stage for service in SERVED if service not in deployment.services]
    if not now and others:
        say(f"CloudFront is new: deploy {', '.join(others)} once more, so that they clear it and link to it")


def store(deployment: Deployment) -> Store:
    """The keys that say which region serves. From the second region the home region is asked nothing.

    Raises DeployError when there is no distribution.
    """
    arn = store_arn(deployment)
    if not arn:
        raise DeployError(f"{deployment.environment} has no CloudFront yet: deploy it with `edge`.")
    return Store(arn, deployment.session.get_credentials(), deployment.endpoint_url)


def store_arn(deployment: Deployment) -> str:
    """The ARN of the keys; empty before they are there."""
    if not deployment.suffix:
        return distribution(deployment, "RegionsStoreArn")
    ssm = deployment.client("ssm")
    try:
        return str(ssm.get_parameter(Name=deployment.parameter(STORE_PARAMETER))["Parameter"]["Value"])
    except ssm.exceptions.ParameterNotFound:
        return ""


def remember_store(home: Deployment, second: Deployment) -> None:
    """Have the second region know the keys by itself."""
    second.keep(STORE_PARAMETER, store_arn(home), "String")


def distribution(deployment: Deployment, output: str = "DistributionId") -> str:
    """The id of the environment's distribution, or another output of its stack; empty before it is there."""
    return deployment.stacks_of(deployment.environment, REGION).outputs(TEMPLATE).get(output, "")


def leads_to(deployment: Deployment) -> bool:
    """Whether the distribution is there and asks the stage's API."""
    now = deployment.stacks_of(deployment.environment, REGION).parameters(TEMPLATE)
    return deployment.api_host() in {now.get(f"{service.title()}Origin") for service in SERVED}


def is_the_door(deployment: Deployment, site: str) -> bool:
    """Whether all readers of the site come by the distribution, so that other requests get 403.

    Where there is a domain, from the first deployment on: of services alone the last one makes the distribution.
    """
    wanted = deployment.options.get("edge", True)
    there = deployment.options.get("domain") or distribution(deployment)
    return bool(wanted and there) and site != deployment.api_url()


def begin_key_change(deployment: Deployment) -> None:
    """Make a new edge key. What is deployed next believes both; the former stays the one that is sent.

    Raises DeployError while another change is under way.
    """
    keys = _keys(deployment)
    if len(keys) > 1:
        raise DeployError("A change of the edge key is under way: deploy, then repeat with --finish.")
    deployment.keep(KEY_PARAMETER, ",".join([secrets.token_urlsafe(48), *keys]))


def finish_key_change(deployment: Deployment) -> None:
    """Have CloudFront send the new key, then forget the former one.

    Raises DeployError when none was made, or a function does not know it yet: it would refuse all readers.
    """
    keys = _keys(deployment)
    if len(keys) < 2:
        raise DeployError("There is no new edge key: make one first, without --finish.")
    if names := regions.stages_without(deployment, KEY_PARAMETER):
        raise DeployError(f"Deploy {names} first: what is live does not know the new edge key and would refuse all.")
    stacks = deployment.stacks_of(deployment.environment, REGION)
    if now := stacks.parameters(TEMPLATE):
        stacks.apply(TEMPLATE, **{**now, "EdgeKey": keys[0]})
    deployment.keep(KEY_PARAMETER, keys[0])


def _keys(deployment: Deployment) -> list[str]:
    """One; two while it is being changed, of which the last is sent."""
    found = deployment.client("ssm").get_parameter(Name=deployment.parameter(KEY_PARAMETER), WithDecryption=True)
    return str(found["Parameter"]["Value"]).split(",")


def remove(deployment: Deployment) -> None:
    """Delete it when the stage that goes is one it leads to."""
    if leads_to(deployment):
        deployment.stacks_of(deployment.environment, REGION).delete(TEMPLATE)


def _buckets(deployment: Deployment) -> dict[str, str]:
    data = deployment.stacks.outputs("data") | service_stacks.outputs(deployment.stacks)
    suffix = f"s3.{deployment.region}.{deployment.dns_suffix}"
    published = [each.bucket for service in SERVICES for each in service.published]
    return {f"{bucket}Host": f"{data[bucket]}.{suffix}" for bucket in ("StaticBucket", *published)}


def _second(deployment: Deployment) -> dict[str, str]:
    """Where the second region answers; nothing when there is none, or it was never deployed."""
    if not regions.second_suffix(deployment):
        return {}
    second = regions.second(deployment)
    try:
        if not (host := second.api_host()):
            return {}
        buckets = _buckets(second)
    except (BotoCoreError, ClientError) as error:
        say(f"{second.region} does not answer, so CloudFront's origins there stay as they are: {error}")
        now = deployment.stacks_of(deployment.environment, REGION).parameters(TEMPLATE)
        return {name: value for name, value in now.items() if name.startswith(("Second", "NearSecond"))}
    return {
        "SecondApi": host,
        "SecondPath": f"/{second.stage}",
        "NearSecond": nearer(deployment.region, second.region) if deployment.options.get("near_second") else "",
        **{f"Second{name}": bucket for name, bucket in buckets.items()},
    }


def nearer(home: str, second: str) -> str:
    """How the regions begin that the second region is nearer to than home: its continent, its side of it, or itself."""
    parts = second.split("-")
    beginnings = ("-".join(parts[:length]) + "-" for length in (1, 2))
    return next((each for each in beginnings if not home.startswith(each)), second)


def _rest(deployment: Deployment) -> dict[str, str]:
    options, outputs = deployment.options, service_stacks.outputs(deployment.stacks)
    return {
        # WebSocket APIs are in the home region alone.
        **{f"{each.socket}Host": deployment.gateway_host(outputs[each.socket]) for each in SERVICES if each.socket},
        "ReadsStreamArn": outputs.get("ReadsStreamArn", ""),
        "ReadsPercent": outputs.get("ReadsPercent", "0"),
        "Project": deployment.project,
        "Environment": deployment.environment,
        "EdgeKey": _keys(deployment)[-1],
        "Domain": options.get("domain", ""),
        "CertificateArn": options.get("certificate_arn", ""),
        "HostedZoneId": options.get("hosted_zone_id", ""),
        "FirewallAction": options.get("firewall", "count"),
    }
