"""Rules of who reads a bucket without credentials: nobody, but the distribution where the bucket's policy lets it.

The embedded AWS serves no distribution. What one would fetch with Origin Access Control is under `edge_url`, and
no query reaches the bucket, as by the policies of infra/edge.yaml.
"""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from importlib import import_module
from types import ModuleType
from typing import Any

from config.edge import edge_url
from infra.local.same_site_guard import Asgi, Message, Receive, Send

_PATH = edge_url("", "")
_METHODS = {"GET", "HEAD", "OPTIONS"}
_WITHOUT_ACCELERATION = {"af-south-1", "eu-north-1"}  # some of the regions where nobody has it
_by_distribution: ContextVar[bool] = ContextVar("by_distribution", default=False)
Scope = Callable[..., Any]


class OriginAccess:
    """An ASGI layer in front of the embedded AWS that asks buckets in the name of a distribution."""

    def __init__(self, app: Asgi) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass everything on, what is for the distribution as its request."""
        if scope["type"] != "http" or not scope["path"].startswith(_PATH):
            await self.app(scope, receive, send)
        elif scope["method"] not in _METHODS:
            await send({"type": "http.response.start", "status": 403, "headers": []})
            await send({"type": "http.response.body", "body": b""})
        else:
            headers = [(name, value) for name, value in scope["headers"] if name.lower() != b"authorization"]
            places = {"path": scope["path"][len(_PATH) - 1 :], "raw_path": scope["raw_path"][len(_PATH) - 1 :]}
            before = _by_distribution.set(True)
            try:
                await self.app({**scope, **places, "query_string": b"", "headers": headers}, receive, send)
            finally:
                _by_distribution.reset(before)


def acceleration(asked: Mapping[str, Any]) -> str:
    """Not every region has Transfer Acceleration, and CloudFormation makes no bucket with it elsewhere.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/transfer-acceleration.html
    """
    region = import_module("ministack.core.responses").get_region()
    refused = "AccelerateConfiguration" in asked and region in _WITHOUT_ACCELERATION
    return "The specified method is not allowed against this resource." if refused else ""


def for_whom_it_is(s3: ModuleType, check: Scope) -> Scope:
    """MiniStack's check of a request's bucket, which lets anybody in without credentials, made strict."""

    def checked(
        method: str,
        bucket: str,
        key: str,
        headers: Mapping[str, str],
        query: Mapping[str, Any],
        body: bytes = b"",
        internal: bool = False,
    ) -> Any:
        owner = s3._bucket_owner_account(bucket) if bucket else None
        known = internal or s3._request_access_key(method, key, headers, query, body)
        if owner is None or known:
            return check(method, bucket, key, headers, query, body, internal)
        refused = (
            distribution(s3, owner, bucket, key)
            if _by_distribution.get()
            else anybody(s3, owner, method, bucket, key, headers, query)
        )
        return s3._error("AccessDenied", refused, 403, f"/{bucket}/{key}") if refused else None

    return checked


def anybody(
    s3: ModuleType,
    owner: str,
    method: str,
    bucket: str,
    key: str,
    headers: Mapping[str, str],
    query: Mapping[str, Any],
) -> str:
    """Without credentials what policies and ACLs grant to all is answered, if no public access block forbids it.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    """
    granted = s3._foreign_bucket_allows(owner, bucket, key, method, query, "", headers)
    return "" if granted else "Access Denied"


def distribution(s3: ModuleType, owner: str, bucket: str, key: str) -> str:
    """A distribution reads what the bucket's policy grants to CloudFront, for a distribution of the owner.

    What is not there is denied, too, to whom may not list the bucket.

    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html (Permissions)
    """
    policy = s3._bucket_policies.get_scoped(owner, None, bucket)
    there = key in s3._buckets.get_scoped(owner, None, bucket)["objects"]
    asked = [("s3:GetObject", f"/{key}"), *([] if there else [("s3:ListBucket", "")])]
    granted = all(_grants(policy, owner, action, f"arn:aws:s3:::{bucket}{path}") for action, path in asked)
    return "" if granted else "Access Denied"


def _grants(policy: str, owner: str, action: str, resource: str) -> bool:
    evaluator: Any = import_module("ministack.core.iam_evaluator")
    context = evaluator.EvalContext(
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
    found = evaluator.evaluate_resource_policy(policy, context, service="cloudfront.amazonaws.com")
    return bool(found.decision == "Allow")
