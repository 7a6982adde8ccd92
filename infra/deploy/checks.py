"""What must be true before a deployment begins and after it ends. A deployment that fails one fails loudly."""

import json
import urllib.error
import urllib.request

from infra import names
from infra.deploy import alarms, dax, edge, events, gateway, release
from infra.deploy.deployment import DeployError, Deployment, say
from infra.lint import INFRA_DIR
from infra.settings_lint import zappa_findings
from infra.zones import led_to, records, why_not_in

_PLACEHOLDER = "example.com"


def before_deploying(deployment: Deployment) -> None:
    """Refuse settings that would be dangerous or can't work. Raises DeployError."""
    # Zappa has merged what the stage extends, but still says so.
    settings = {key: value for key, value in deployment.settings.items() if key != "extends"}
    findings = zappa_findings({deployment.stage: settings})
    if deployment.options.get("mail_from", _PLACEHOLDER).endswith(_PLACEHOLDER) and not deployment.embedded:
        findings.append("deploy.mail_from: set it to an address of your own; SES sends you a mail to confirm it")
    if dax.node_type(deployment) and dax.LIBRARY not in (INFRA_DIR.parent / "requirements.txt").read_text():
        findings.append(f"deploy.dax: {dax.LIBRARY} is not packed; add it to requirements.in, then `make lock`")
    if deployment.environment == "local":  # whose settings are those of a laptop
        findings.append("there is no stage `local` on AWS: give it another name")
    if deployment.region in names.WITHOUT_SES:
        findings.append(f"aws_region: SES has no {deployment.region} for mail; choose another region")
    findings += names.findings(project=deployment.project, stage=deployment.stage, partition=deployment.partition)
    options = deployment.options
    if (zone := options.get("hosted_zone_id")) and (domain := options.get("domain")):
        # A certificate would wait for hours for a record that nobody finds there.
        problem = why_not_in(deployment.client("route53"), zone, domain) or _former_record(deployment, zone, domain)
        findings += [f"deploy.hosted_zone_id: {problem}"] if problem else []
    if (there := _region_of(deployment)) not in {"", deployment.region}:
        findings.append(
            f"aws_region: {deployment.environment} is in {there} with its data: name that, or delete it there"
        )
    if findings:
        raise DeployError("zappa_settings.json, " + "; ".join(findings))


def _former_record(deployment: Deployment, zone: str, domain: str) -> str:
    """Why the domain's record could not be made: CloudFormation replaces none, and says so after the distribution."""
    if not deployment.options.get("edge", True):
        return ""
    now = deployment.stacks_of(deployment.environment, edge.REGION).parameters(edge.TEMPLATE)
    made = (now.get("Domain"), now.get("HostedZoneId")) == (domain, zone)
    own = {edge.distribution(deployment, "DistributionDomain")} if made else set[str]()
    others = ", ".join(sorted(led_to(records(deployment.client("route53"), zone, domain)) - own))
    by_hand = "set certificate_arn and no zone, and change the record once CloudFront is there, or delete it first"
    return f"{domain} leads to {others}: {by_hand}" if others else ""


def _region_of(deployment: Deployment) -> str:
    """Where the environment is that has the names it would have here; empty when there is none yet."""
    s3 = deployment.client("s3")
    try:
        return s3.get_bucket_location(Bucket=deployment.bucket)["LocationConstraint"] or "us-east-1"
    except s3.exceptions.NoSuchBucket:
        return ""


def after_deploying(deployment: Deployment) -> None:
    """Ask AWS whether everything is there that was applied. Raises DeployError with all that is not."""
    problems = [
        *gateway.missing(deployment),
        *events.missing(deployment),
        *alarms.missing(deployment),
        # A private API is reached from its VPC alone; the version was asked for its health before.
        *([] if deployment.is_private else unanswered(deployment)),
    ]
    if problems:
        raise DeployError(f"{deployment.stage} is deployed, but: " + "; ".join(problems))
    say(f"{deployment.stage} has its event sources, alarms and limits, and is healthy")


def unanswered(deployment: Deployment) -> list[str]:
    """Which health checks don't answer 200 through API Gateway, as sentences."""
    sentences = []
    for path in release.HEALTH_PATHS:
        url = deployment.api_url() + path
        try:
            with urllib.request.urlopen(url, timeout=30) as response:  # noqa: S310 - our own API
                json.load(response)
        except (OSError, ValueError) as error:
            sentences.append(f"{url} does not answer: {error}")
    return sentences
