"""Rules of CloudFront's distributions. `config` is the DistributionConfig as XML."""

from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

from ministack.services import cloudfront
from ministack.services.cloudformation import provisioners

from infra.local.strict.places import Call, around

COMMENT = 128
WRITES = {"POST", "PUT", "PATCH", "DELETE"}
_DENIED = {
    "cache-control", "connection", "content-length", "cookie", "host", "if-match", "if-modified-since",
    "if-none-match", "if-range", "if-unmodified-since", "max-forwards", "pragma", "proxy-authenticate",
    "proxy-authorization", "proxy-connection", "range", "request-range", "te", "trailer", "transfer-encoding",
    "upgrade", "via", "x-real-ip",
}  # fmt: skip
_DENIED_BEGINNINGS = ("x-amz-", "x-edge-")
WRITES_AND_GROUPS = (
    "The parameter AllowedMethods cannot include POST, PUT, PATCH, or DELETE for a cached behavior associated with an "
    "origin group."
)


def origin_group_without_writes(config: Element) -> str:
    """A behaviour that targets an origin group allows reads alone.

    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/high_availability_origin_failover.html
    """
    groups = {_text(group, "Id") for group in config.iterfind("{*}OriginGroups/{*}Items/{*}OriginGroup")}
    for behavior in _behaviors(config):
        methods = {each.text for each in behavior.iterfind("{*}AllowedMethods/{*}Items/{*}Method")}
        if _text(behavior, "TargetOriginId") in groups and methods & WRITES:
            return WRITES_AND_GROUPS
    return ""


def certificate_of_us_east_1(config: Element) -> str:
    """A certificate of ACM is one of us-east-1.

    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html
    """
    arn = _text(config, "ViewerCertificate/{*}ACMCertificateArn")
    if not arn or arn.split(":")[2:4] == ["acm", "us-east-1"]:
        return ""
    return (
        "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a "
        "valid certificate chain."
    )


def web_acl_of_us_east_1(config: Element) -> str:
    """A web ACL of AWS WAF is one for CloudFront, which lies in us-east-1.

    https://docs.aws.amazon.com/waf/latest/APIReference/API_CreateWebACL.html (Scope)
    """
    arn = _text(config, "WebACLId")
    parts = arn.split(":", 5)
    if not arn.startswith("arn:") or (parts[2:4] == ["wafv2", "us-east-1"] and parts[5].startswith("global/webacl/")):
        return ""
    return f"Web ACL {arn} is not accessible by the requester: it must be a global one of us-east-1."


def headers_of_its_own(config: Element) -> str:
    """What CloudFront adds to requests is none of the headers that it, or HTTP, has a meaning for.

    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/add-origin-custom-headers.html (denylist)
    """
    names = (_text(each, "HeaderName") for each in config.iterfind(".//{*}OriginCustomHeader"))
    found = next((name for name in names if name.lower() in _DENIED or name.lower().startswith(_DENIED_BEGINNINGS)), "")
    return f"CloudFront can't be configured to add {found} to requests that it sends to an origin." if found else ""


def short_comment(config: Element) -> str:
    """A comment of 128 characters at most.

    https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionConfig.html
    """
    return "The parameter Comment is too long." if len(_text(config, "Comment")) > COMMENT else ""


# Each rule and the error code with which CloudFront's API refuses.
RULES = {
    origin_group_without_writes: "InvalidArgument",
    certificate_of_us_east_1: "InvalidViewerCertificate",
    web_acl_of_us_east_1: "InvalidWebACLId",
    headers_of_its_own: "InvalidArgument",
    short_comment: "InvalidArgument",
}


def _behaviors(config: Element) -> Iterator[Element]:
    yield from config.iterfind("{*}DefaultCacheBehavior")
    yield from config.iterfind("{*}CacheBehaviors/{*}Items/{*}CacheBehavior")


def _text(element: Element, path: str) -> str:
    return element.findtext(f"{{*}}{path}") or ""


def install() -> None:
    """Put the rules into MiniStack; its API asks `_distribution_vpc_origin_error` at each creation and update."""

    @around(cloudfront, "_distribution_vpc_origin_error")
    def error(check: Call, config: Element) -> Any:
        for rule, code in RULES.items():
            if why := rule(config):
                return cloudfront._error(code, why, 400)
        return check(config)

    @around(provisioners, "_cf_distribution_config")
    def checked_config(convert: Call, props: object, reference: str) -> Any:
        config = convert(props, reference)
        for rule in RULES:
            if why := rule(config):
                raise ValueError(why)
        return config
