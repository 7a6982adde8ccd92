"""Rules of what is asked of services, by the request: what a name, a message, an address or a time may be."""

import json
import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from ministack.services import cognito, kinesis, lambda_svc, s3, scheduler, ses_v2, sns, ssm, stepfunctions

from infra.local.strict import api_models, functions, names
from infra.local.strict.places import Asked, Call, Rule, around, refuse

_WHEN = re.compile(
    r"at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)|rate\([1-9]\d* (minutes?|hours?|days?)\)|cron\(\S+( \S+){5}\)"
)
_EXECUTION = re.compile(r"[^\s\x00-\x1f\x7f-\x9f<>{}\[\]?*\"#%\\^|~`$&,;:/]+")
_SUBJECT = re.compile(r"[!-~][ -~]{0,98}")
_KEY_BYTES, _VALUE_CHARACTERS, _RECIPIENTS = 1024, 4096, 50


def schedule(asked: Asked) -> str:
    """A time, a rate or a cron expression, in a known zone.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
    """
    expression, zone = str(asked.get("ScheduleExpression")), asked.get("ScheduleExpressionTimezone", "UTC")
    if not _WHEN.fullmatch(expression):
        return f"Invalid Schedule Expression {expression}."
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        return f"Invalid ScheduleExpressionTimezone {zone}."
    return ""


def execution_name(asked: Asked) -> str:
    """No white space, bracket, wildcard or special character.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
    """
    name = asked.get("name")
    return "" if name is None or _EXECUTION.fullmatch(name) else f"Invalid Name: '{name}'"


def execution_input(asked: Asked) -> str:
    """JSON.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
    """
    given = asked.get("input", "{}")
    try:
        json.loads(given)
    except ValueError as error:
        return f"Invalid State Machine Execution Input: '{error}'"
    return ""


def mail(asked: Asked) -> str:
    """At most 50 recipients, addresses in ASCII with a domain, a subject in one line.

    https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Destination.html
    """
    simple = (asked.get("Content") or {}).get("Simple") or {}
    to = [address for each in (asked.get("Destination") or {}).values() for address in each]
    if len(to) > _RECIPIENTS:
        return f"Recipient count exceeds {_RECIPIENTS}."
    if not all(map(str.isascii, to)):
        return "Local address contains control or whitespace"
    if not all(re.search(r"[^@\s]@[^@\s]", address) for address in to):
        return "Missing final '@domain'"
    return "Subject has a line break." if set("\r\n") & set((simple.get("Subject") or {}).get("Data", "")) else ""


def notification(asked: Asked) -> str:
    """A text, and a subject in one line of at most 99 characters of ASCII.

    https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
    """
    if not sns._p(asked, "Message"):
        return "Invalid parameter: Empty message"
    subject = sns._p(asked, "Subject", None)
    return "" if subject is None or _SUBJECT.fullmatch(subject) else "Invalid parameter: Subject"


def parameter_value(asked: Asked) -> str:
    """In the standard tier 4,096 characters at most.

    https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
    """
    value = asked.get("Value", "")
    if asked.get("Tier", "Standard") == "Standard" and len(value) > _VALUE_CHARACTERS:
        return f"Standard tier parameters support a maximum parameter value of {_VALUE_CHARACTERS} characters."
    return ""


def object_key(bucket: str, key: str, *_: object) -> str:
    """At most 1,024 bytes.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
    """
    return "" if len(key.encode("utf-8", "surrogatepass")) <= _KEY_BYTES else "Your key is too long"


def part_checksum(bucket: str, key: str, body: bytes, query: Asked, headers: Asked) -> str:
    """Parts have a checksum of the kind that their upload was begun with; clients give them one of CRC32 unasked.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html (x-amz-sdk-checksum-algorithm); the words are of
    https://github.com/boto/botocore/issues/3216
    """
    upload = s3._multipart_uploads.get(s3._qp(query, "uploadId"))
    if not upload:
        return ""
    expected = (upload.get("checksum_algorithm") or "null").lower()
    actual = headers.get("x-amz-sdk-checksum-algorithm", expected).lower()
    mismatch = f"Checksum Type mismatch occurred, expected checksum Type: {expected}, actual checksum Type: {actual}"
    return "" if actual == expected else mismatch


# By service and operation, then by the code of the error.
RULES: Mapping[tuple[str, str], Mapping[str, Rule]] = {
    ("lambda", "CreateFunction"): {"ValidationException": names.function},
    ("lambda", "PutFunctionConcurrency"): {"InvalidParameterValueException": functions.reserved},
    ("scheduler", "CreateSchedule"): {"ValidationException": schedule},
    ("scheduler", "UpdateSchedule"): {"ValidationException": schedule},
    ("sesv2", "SendEmail"): {"BadRequestException": mail},
    ("ssm", "PutParameter"): {"ValidationException": parameter_value},
    ("stepfunctions", "StartExecution"): {"InvalidName": execution_name, "InvalidExecutionInput": execution_input},
}
# MiniStack's modules of APIs that speak JSON, by the names botocore has for them.
_JSON_APIS = {
    "cognito-idp": cognito,
    "kinesis": kinesis,
    "lambda": lambda_svc,
    "scheduler": scheduler,
    "sesv2": ses_v2,
    "ssm": ssm,
    "stepfunctions": stepfunctions,
}


def install() -> None:
    """Put the rules into MiniStack's modules."""
    for service, module in _JSON_APIS.items():
        api_models.install(module, service, RULES)

    refuse(sns, "_publish", notification, lambda why: sns._error("InvalidParameter", why, 400))
    refuse(s3, "_upload_part", part_checksum, lambda why: s3._error("InvalidRequest", why, 400))
    for name in ("_put_object", "_create_multipart_upload", "_copy_object"):
        refuse(s3, name, object_key, lambda why: s3._error("KeyTooLongError", why, 400))

    @around(ssm, "_describe_parameters")
    def describe_parameters(describe: Call, asked: Asked) -> Any:
        """A page is read before it is filtered, so the first may have nothing, as it has here.

        https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html (MaxResults)
        """
        if asked.get("ParameterFilters") and not asked.get("NextToken"):
            return ssm.json_response({"Parameters": [], "NextToken": ssm._encode_next_token(0)})
        return describe(asked)
