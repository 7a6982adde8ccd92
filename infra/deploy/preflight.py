"""What an account lacks for a stage, asked before anything is made: `make preflight STAGE=production`."""

from collections.abc import Callable
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from infra.deploy import checks, release
from infra.deploy.deployment import DeployError, Deployment
from infra.deploy.package import target_of
from infra.mail import find_sender

ENOUGH_CONCURRENCY = 100  # a new account allows 10, which one page of pictures and a queue would use up
# One for each AWS service that every deployment changes: a missing permission is found before anything is changed.
ACTIONS = (
    "apigateway:POST", "cloudformation:CreateStack", "cloudfront:CreateDistribution", "cloudwatch:PutMetricAlarm",
    "cognito-idp:CreateUserPool", "cognito-identity:CreateIdentityPool", "dynamodb:CreateTable", "events:PutRule",
    "iam:CreateRole", "iam:CreateServiceLinkedRole", "iam:PassRole", "kms:CreateKey", "lambda:CreateFunction",
    "logs:CreateLogGroup", "s3:CreateBucket", "scheduler:CreateScheduleGroup", "ses:CreateEmailIdentity",
    "sns:CreateTopic", "sqs:CreateQueue", "ssm:PutParameter", "states:CreateStateMachine", "wafv2:CreateWebACL",
)  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """What was looked at, what is wrong with it (nothing when it is fine), and whether a deployment can't work so."""

    what: str
    problem: str = ""
    stops: bool = False

    def line(self) -> str:
        """As a line of the table."""
        mark = "stops " if self.problem and self.stops else "look  " if self.problem else "fine  "
        return f"{mark} {self.what}" + (f": {self.problem}" if self.problem else "")


def findings(deployment: Deployment) -> list[Finding]:
    """Everything that was looked at. Asks AWS and changes nothing."""
    return [_looked(what, look, deployment) for what, look in _LOOKS.items()]


def _looked(what: str, look: Callable[[Deployment], Finding], deployment: Deployment) -> Finding:
    """What a look found, or that AWS did not let it."""
    try:
        return look(deployment)
    except (BotoCoreError, ClientError) as error:
        return Finding(what, f"AWS does not tell: {error}")


def _settings(deployment: Deployment) -> Finding:
    problem = ""
    try:
        checks.before_deploying(deployment)
    except DeployError as error:
        problem = error.message
    return Finding("settings and names", problem, stops=True)


def _python(deployment: Deployment) -> Finding:
    try:
        target_of(deployment)
    except DeployError as error:
        return Finding("Python", error.message, stops=True)
    return Finding("Python")


def _concurrency(deployment: Deployment) -> Finding:
    limit = deployment.client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    problem = f"{limit} functions may run at once: have Service Quotas raise it" if limit < ENOUGH_CONCURRENCY else ""
    return Finding("concurrency", problem)


def _sender(deployment: Deployment) -> Finding:
    address = deployment.options.get("mail_from", "")
    if not address:
        return Finding("sender", "deploy.mail_from: set it to an address", stops=True)
    is_verified = find_sender(deployment.client("sesv2"), address).is_verified
    problem = f"SES knows neither {address} as verified, whose owner confirms a mail, nor its domain"
    return Finding("sender", "" if is_verified else problem)


def _sandbox(deployment: Deployment) -> Finding:
    is_in_sandbox = not deployment.client("sesv2").get_account().get("ProductionAccessEnabled", False)
    problem = "only verified addresses get mail until AWS lets the account out" if is_in_sandbox else ""
    return Finding("SES sandbox", problem)


def _rights(deployment: Deployment) -> Finding:
    caller = deployment.client("sts").get_caller_identity()["Arn"]
    if caller.endswith(":root"):
        return Finding("rights", "these are the root user's: deploy with an administrator's")
    # arn:aws:sts::1:assumed-role/NAME/SESSION is the role arn:aws:iam::1:role/NAME.
    role = caller.split("/")[1] if ":assumed-role/" in caller else ""
    source = f"arn:{deployment.partition}:iam::{deployment.account}:role/{role}" if role else caller
    try:
        pages = deployment.client("iam").get_paginator("simulate_principal_policy")
        results = [
            each
            for page in pages.paginate(PolicySourceArn=source, ActionNames=list(ACTIONS))
            for each in page["EvaluationResults"]
        ]
    except (BotoCoreError, ClientError) as error:
        return Finding("rights", f"IAM does not tell what {source} may do: {error}")
    denied = [each["EvalActionName"] for each in results if each["EvalDecision"] != "allowed"]
    return Finding("rights", f"{source} may not do {', '.join(denied)}" if denied else "", stops=True)


def _canary(deployment: Deployment) -> Finding:
    return Finding("canary", release.standing_canary(deployment))


_LOOKS: dict[str, Callable[[Deployment], Finding]] = {
    "settings and names": _settings,
    "Python": _python,
    "concurrency": _concurrency,
    "sender": _sender,
    "SES sandbox": _sandbox,
    "rights": _rights,
    "canary": _canary,
}
