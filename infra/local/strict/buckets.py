"""Rules of who reads a bucket without credentials: nobody, but the distribution where the bucket's policy lets it.

The embedded AWS serves no distribution. What one would fetch with Origin Access Control is under `edge_url`, and
no query reaches the bucket, as by the policies of infra/edge.yaml.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy
from ministack.core.responses import get_region
from ministack.services import s3
from ministack.services.cloudformation import helpers

from config.edge import edge_url
from infra.local.asgi import Asgi, Message, Receive, Send, answer
from infra.local.strict.places import Asked, Call, around

_PATH = edge_url("", "")
_METHODS = {"GET", "HEAD", "OPTIONS"}
_WITHOUT_ACCELERATION = {"af-south-1", "eu-north-1"}  # some of the regions where nobody has it
# Some of those after March 2019, which S3's address of old knows nothing of.
_LATER = {"af-south-1", "ca-west-1", "eu-south-1", "il-central-1", "me-south-1"}
_by_distribution: ContextVar[bool] = ContextVar("by_distribution", default=False)


async def origin_access(app: Asgi, scope: Message, receive: Receive, send: Send) -> None:
    """A layer in front of the embedded AWS that passes on what is for the distribution as its request to a bucket."""
    if scope["type"] != "http" or not scope["path"].startswith(_PATH):
        await app(scope, receive, send)
    elif scope["method"] not in _METHODS:
        await answer(send, 403)
    else:
        headers = [(name, value) for name, value in scope["headers"] if name.lower() != b"authorization"]
        places = {"path": scope["path"][len(_PATH) - 1 :], "raw_path": scope["raw_path"][len(_PATH) - 1 :]}
        before = _by_distribution.set(True)
        try:
            await app({**scope, **places, "query_string": b"", "headers": headers}, receive, send)
        finally:
            _by_distribution.reset(before)


def acceleration(asked: Asked) -> str:
    """Not every region has Transfer Acceleration, and CloudFormation makes no bucket with it elsewhere.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/transfer-acceleration.html
    """
    refused = "AccelerateConfiguration" in asked and get_region() in _WITHOUT_ACCELERATION
    return "The specified method is not allowed against this resource." if refused else ""


def install() -> None:
    """Make MiniStack's check of a request's bucket, which lets anybody in without credentials, strict.

    And have CloudFormation fetch a template where S3 would send it.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html (requests for other regions)
    """

    @around(helpers, "_resolve_document")
    def template(resolve: Call, asked: Asked, *names: str) -> Any:
        if get_region() in _LATER and helpers._p(asked, "TemplateURL").startswith("https://s3.amazonaws.com/"):
            why = f"The {get_region()} location constraint is incompatible for the region specific endpoint"
            return None, helpers._error("ValidationError", f"S3 error: {why} this request was sent to.")
        return resolve(asked, *names)

    @around(s3, "_apply_bucket_scope")
    def checked(
        check: Call,
        method: str,
        bucket: str,
        key: str,
        headers: Mapping[str, str],
        query: Asked,
        body: bytes = b"",
        internal: bool = False,
    ) -> Any:
        owner = s3._bucket_owner_account(bucket) if bucket else None
        known = internal or s3._request_access_key(method, key, headers, query, body)
        if owner is None or known:
            return check(method, bucket, key, headers, query, body, internal)
        # Without credentials what policies and ACLs grant to all is answered, if no public access block forbids it:
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
        granted = (
            distribution_may(owner, bucket, key)
            if _by_distribution.get()
            else s3._foreign_bucket_allows(owner, bucket, key, method, query, "", headers)
        )
        return None if granted else s3._error("AccessDenied", "Access Denied", 403, f"/{bucket}/{key}")


def distribution_may(owner: str, bucket: str, key: str) -> bool:
    """A distribution reads what the bucket's policy grants to CloudFront, for a distribution of the owner.

    What is not there is denied, too, to whom may not list the bucket.

    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html (Permissions)
    """
    policy = s3._bucket_policies.get_scoped(owner, None, bucket)
    there = key in s3._buckets.get_scoped(owner, None, bucket)["objects"]
    asked = [("s3:GetObject", f"/{key}"), *([] if there else [("s3:ListBucket", "")])]
    return all(_grants(policy, owner, action, f"arn:aws:s3:::{bucket}{path}") for action, path in asked)


def _grants(policy: str, owner: str, action: str, resource: str) -> bool:
    context = EvalContext(
        principal_arn="cloudfront.amazonaws.com",
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=resource,
        region="us-east-1",
        secure_transport=True,
        service_context={
            "aws:sourceaccount": owner,
            "aws:sourcearn": f"arn:aws:cloudfront::{owner}:distribution/EMBEDDED",
        },
    )
    found = evaluate_resource_policy(policy, context, service="cloudfront.amazonaws.com")
    return bool(found.decision == "Allow")
