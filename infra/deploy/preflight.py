"""What an account lacks for a stage, asked before anything is made: `make preflight STAGE=production`."""

from collections.abc import Callable
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from infra.deploy import checks, release, steps
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
        mark = "stops " if self.stops else "look  " if self.problem else "fine  "
        return f"{mark} {self.what}" + (f": {self.problem}" if self.problem else "")


def findings(deployment: Deployment) -> list[Finding]:
    """Everything that was looked at. Asks AWS and changes nothing."""
    return [_looked(what, look, deployment) for what, look in _LOOKS.items()]


def _looked(what: str, look: Callable[[Deployment], str | None], deployment: Deployment) -> Finding:
    """What a look found, or that AWS did not let it. Its DeployError is what stops a deployment."""
    try:
        return Finding(what, look(deployment) or "")
    except DeployError as error:
        return Finding(what, error.message, stops=True)
    except (BotoCoreError, ClientError) as error:
        return Finding(what, f"AWS does not tell: {error}")


def _python(deployment: Deployment) -> None:
    target_of(deployment)


def _concurrency(deployment: Deployment) -> str:
    limit = deployment.client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    return f"{limit} functions may run at once: have Service Quotas raise it" if limit < ENOUGH_CONCURRENCY else ""


def _sender(deployment: Deployment) -> str:
    address = deployment.options.get("mail_from", "")
    if not address:
        raise DeployError("deploy.mail_from: set it to an address")
    is_verified = find_sender(deployment.client("sesv2"), address).is_verified
    problem = f"SES knows neither {address} as verified, whose owner confirms a mail, nor its domain"
    return "" if is_verified else problem


def _sandbox(deployment: Deployment) -> str:
    is_outside = deployment.client("sesv2").get_account().get("ProductionAccessEnabled", False)
    return "" if is_outside else "only verified addresses get mail until AWS lets the account out"


def _rights(deployment: Deployment) -> str:
    caller = deployment.client("sts").get_caller_identity()["Arn"]
    if caller.endswith(":root"):
        return "these are the root user's: deploy with an administrator's"
    # arn:aws:sts::1:assumed-role/NAME/SESSION is the role arn:aws:iam::1:role/NAME.
    role = caller.split("/")[1] if ":assumed-role/" in caller else ""
    source = f"arn:{deployment.partition}:iam::{deployment.account}:role/{role}" if role else caller
    try:
        pages = deployment.client("iam").get_paginator("simulate_principal_policy")
        asked = pages.paginate(PolicySourceArn=source, ActionNames=list(ACTIONS))
        denied = list(asked.search("EvaluationResults[?EvalDecision != 'allowed'].EvalActionName"))
    except (BotoCoreError, ClientError) as error:
        return f"IAM does not tell what {source} may do: {error}"
    if denied:
        raise DeployError(f"{source} may not do {', '.join(denied)}")
    return ""


def _policies(deployment: Deployment) -> None:
    """A role takes ten unless IAM was asked for more, and each service has one.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    wanted = len(steps.policy_names(deployment))
    most = deployment.client("iam").get_account_summary()["SummaryMap"]["AttachedPoliciesPerRoleQuota"]
    if wanted > most:
        what = f"the function's role has {wanted} policies and the account allows {most}"
        raise DeployError(f'{what}: have Service Quotas raise IAM\'s "Managed policies per role"')


# Each tells a problem, or raises DeployError with one that stops a deployment.
_LOOKS: dict[str, Callable[[Deployment], str | None]] = {
    "settings and names": checks.before_deploying,
    "Python": _python,
    "concurrency": _concurrency,
    "sender": _sender,
    "SES sandbox": _sandbox,
    "rights": _rights,
    "policies of a role": _policies,
    "canary": release.standing_canary,
}
