"""Rules of names, by the request or the properties of CloudFormation, whose keys are the same."""

import re
from functools import partial

from ministack.services import cognito, iam, s3, ssm

from infra.local.strict.places import Asked, refuse, refused

_BUCKET = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_RESERVED = re.compile(r"(xn--|sthree-|amzn-s3-demo-).*|.*(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)")
_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_ROLE = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
_FUNCTION = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_PARAMETER = re.compile(r"[a-zA-Z0-9_./-]{1,1011}")


def bucket(asked: Asked) -> str:
    """3 to 63 small letters, digits, dots and hyphens, no IP address, no reserved prefix or suffix.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    """
    name = asked.get("BucketName")
    if name is None or (_BUCKET.fullmatch(name) and not _RESERVED.fullmatch(name)):
        return ""
    return "The specified bucket is not valid."


def user_pool_domain(asked: Asked) -> str:
    """1 to 63 small letters, digits and hyphens, without "aws", "amazon" and "cognito"; a custom domain is a DNS name.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolDomain.html
    https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-assign-domain-prefix.html
    """
    domain = asked.get("Domain", "")
    if asked.get("CustomDomainConfig"):
        return ""
    if word := next((each for each in ("aws", "amazon", "cognito") if each in domain), ""):
        return f"Domain cannot contain reserved word: {word}"
    return "" if _DOMAIN.fullmatch(domain) else f"Invalid domain: {domain}"


def role(asked: Asked) -> str:
    """1 to 64 letters, digits and _+=,.@-.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
    """
    name = asked.get("RoleName")
    if name is None or _ROLE.fullmatch(name):
        return ""
    return f"The role name {name!r} must have 1 to 64 alphanumeric characters or _+=,.@-"


def function(asked: Asked) -> str:
    """1 to 64 letters, digits, hyphens and underscores; an ARN names the function last.

    https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
    """
    name = asked.get("FunctionName")
    if name is None or _FUNCTION.fullmatch(name.rpartition(":")[2]):
        return ""
    return f"The function name {name!r} must have 1 to 64 letters, digits, hyphens or underscores"


def parameter(asked: Asked) -> str:
    """1 to 1011 letters, digits and _.-/, at most fifteen levels.

    https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
    """
    name = asked.get("Name")
    if name is None or (_PARAMETER.fullmatch(name) and name.strip("/").count("/") < 15):
        return ""
    return f"The parameter name {name!r} must have 1 to 1011 letters, digits or _.-/ in at most 15 levels"


def install() -> None:
    """Parameters and domains are made by these functions for CloudFormation, too."""

    def bucket_by_api(name: str, *_: object, **__: object) -> str:
        return bucket({"BucketName": name})

    def role_by_api(asked: Asked) -> str:
        return role({"RoleName": iam._p(asked, "RoleName")})

    refuse(s3, "_create_bucket", bucket_by_api, lambda why: s3._error("InvalidBucketName", why, 400))
    refuse(iam._IAM_HANDLERS, "CreateRole", role_by_api, lambda why: iam._error(400, "ValidationError", why))
    refuse(ssm, "_put_parameter", parameter, partial(refused, "ValidationException"))
    domain = partial(refused, "InvalidParameterException")
    refuse(cognito, "_create_user_pool_domain", user_pool_domain, domain)
