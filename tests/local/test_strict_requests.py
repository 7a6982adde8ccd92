"""The embedded AWS refuses requests beyond the limits of AWS's APIs."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from tests.local.account import Account, refusal

ROLE = "arn:aws:iam::000000000000:role/any"
FROM = "from@example.com"


class Asked:
    """Requests that AWS answers, each with arguments in place of its own."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.bucket = f"bucket-{uuid4()}"
        account.client("s3").create_bucket(
            Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        account.client("sesv2").create_email_identity(EmailIdentity="example.com")
        self.topic = account.client("sns").create_topic(Name=f"topic-{uuid4()}")["TopicArn"]
        definition = json.dumps({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}})
        self.machine = account.client("stepfunctions").create_state_machine(
            name=f"machine-{uuid4()}", definition=definition, roleArn=ROLE
        )["stateMachineArn"]

    def schedule(self, **other: Any) -> Any:
        own = {
            "Name": uuid4().hex,
            "ScheduleExpression": "at(2099-01-01T00:00:00)",
            "FlexibleTimeWindow": {"Mode": "OFF"},
        }
        target = {"Arn": "arn:aws:sqs:eu-central-1:000000000000:any", "RoleArn": ROLE}
        return self._account.client("scheduler").create_schedule(**{**own, "Target": target, **other})

    def mail(self, *to: str, subject: str = "Hello", headers: int = 0, value: str = "x") -> Any:
        content = {
            "Subject": {"Data": subject},
            "Body": {"Text": {"Data": "Hello"}},
            "Headers": [{"Name": f"X-{number}", "Value": value} for number in range(headers)],
        }
        return self._account.client("sesv2").send_email(
            FromEmailAddress=FROM, Destination={"ToAddresses": to or ["to@example.com"]}, Content={"Simple": content}
        )

    def execution(self, **other: Any) -> Any:
        return self._account.client("stepfunctions").start_execution(**{"stateMachineArn": self.machine, **other})

    def notification(self, message: str, **other: Any) -> Any:
        return self._account.client("sns").publish(TopicArn=self.topic, Message=message, **other)

    def parameter(self, value: str, **other: Any) -> Any:
        return self._account.client("ssm").put_parameter(Name=f"/tests/{uuid4()}", Value=value, Type="String", **other)

    def parameters(self, number: int) -> Any:
        return self._account.client("ssm").get_parameters(Names=[f"/tests/{each}" for each in range(number)])

    def file(self, key: str) -> Any:
        return self._account.client("s3").put_object(Bucket=self.bucket, Key=key, Body=b"")

    def upload(self, key: str) -> Any:
        return self._account.client("s3").create_multipart_upload(Bucket=self.bucket, Key=key)

    def part(self, **begun: str) -> Any:
        s3, at = self._account.client("s3"), {"Bucket": self.bucket, "Key": "key"}
        upload = s3.create_multipart_upload(**at, **begun)["UploadId"]
        return s3.upload_part(**at, UploadId=upload, PartNumber=1, Body=b"part")

    def pool(self, name: str) -> Any:
        return self._account.client("cognito-idp").create_user_pool(PoolName=name)

    def alias(self, description: str) -> Any:
        asked = {"FunctionName": "any", "Name": "any", "FunctionVersion": "1", "Description": description}
        return self._account.client("lambda").create_alias(**asked)

    def invocation(self, event: object) -> Any:
        return self._account.client("lambda").invoke(FunctionName="none", Payload=json.dumps(event).encode())


@pytest.fixture(scope="module")
def asked(account: Account) -> Asked:
    return Asked(account)


Act = Callable[[Asked], object]

REFUSED: dict[str, tuple[str, Act]] = {
    "a long name of a schedule": ("ValidationException", lambda asked: asked.schedule(Name="n" * 65)),
    "a schedule's name with a space": ("ValidationException", lambda asked: asked.schedule(Name="a b")),
    "a day as a time": ("ValidationException", lambda asked: asked.schedule(ScheduleExpression="at(2099-01-01)")),
    "an unknown zone": ("ValidationException", lambda asked: asked.schedule(ScheduleExpressionTimezone="Mars/Base")),
    "no mode": ("ValidationException", lambda asked: asked.schedule(FlexibleTimeWindow={"Mode": "SOMETIMES"})),
    "51 recipients": ("BadRequestException", lambda asked: asked.mail(*["to@example.com"] * 51)),
    "an address without a domain": ("BadRequestException", lambda asked: asked.mail("somebody")),
    "an address that is not ASCII": ("BadRequestException", lambda asked: asked.mail("jörg@example.com")),
    "a subject of two lines": ("BadRequestException", lambda asked: asked.mail(subject="a\nBcc: b@example.com")),
    "16 headers": ("BadRequestException", lambda asked: asked.mail(headers=16)),
    "a long header": ("BadRequestException", lambda asked: asked.mail(headers=1, value="x" * 996)),
    "a header of two lines": ("BadRequestException", lambda asked: asked.mail(headers=1, value="a\r\nb")),
    "a long name of an execution": ("ValidationException", lambda asked: asked.execution(name="n" * 81)),
    "an execution's name with a slash": ("InvalidName", lambda asked: asked.execution(name="a/b")),
    "input that is no JSON": ("InvalidExecutionInput", lambda asked: asked.execution(input="{")),
    "long input": ("ValidationException", lambda asked: asked.execution(input=json.dumps("x" * 262_144))),
    "an empty message": ("InvalidParameter", lambda asked: asked.notification("")),
    "a message's subject of two lines": ("InvalidParameter", lambda asked: asked.notification("x", Subject="a\nb")),
    "a message's long subject": ("InvalidParameter", lambda asked: asked.notification("x", Subject="x" * 100)),
    "a long value": ("ValidationException", lambda asked: asked.parameter("x" * 4097)),
    "eleven parameters": ("ValidationException", lambda asked: asked.parameters(11)),
    "a pool's name with a slash": ("InvalidParameterException", lambda asked: asked.pool("a/b")),
    "a long description": ("ValidationException", lambda asked: asked.alias("x" * 257)),
    "an event of one that is not there": ("ResourceNotFoundException", lambda asked: asked.invocation([1])),
    "an event like arguments": ("ResourceNotFoundException", lambda asked: asked.invocation({"Qualifier": "a b"})),
    "a long key": ("KeyTooLongError", lambda asked: asked.file("é" * 513)),
    "an upload to a long key": ("KeyTooLongError", lambda asked: asked.upload("x" * 1025)),
    "a part with a checksum, of an upload without": ("InvalidRequest", lambda asked: asked.part()),
    "a part with another checksum": ("InvalidRequest", lambda asked: asked.part(ChecksumAlgorithm="SHA256")),
}
ANSWERED: dict[str, Act] = {
    "a schedule": lambda asked: asked.schedule(Name="n" * 64, ScheduleExpressionTimezone="Europe/Berlin"),
    "a rate": lambda asked: asked.schedule(ScheduleExpression="rate(5 minutes)"),
    "cron": lambda asked: asked.schedule(ScheduleExpression="cron(0 8 ? * MON-FRI *)"),
    "50 recipients": lambda asked: asked.mail(*["to@example.com"] * 50),
    "a name beside the address": lambda asked: asked.mail("To <to@example.com>"),
    "15 headers": lambda asked: asked.mail(headers=15, value="x" * 995),
    "an execution": lambda asked: asked.execution(name="n" * 80, input=json.dumps("x" * 262_142)),
    "a message": lambda asked: asked.notification("x", Subject="x" * 99),
    "a value": lambda asked: asked.parameter("x" * 4096),
    "a large one": lambda asked: asked.parameter("x" * 4097, Tier="Advanced"),
    "ten parameters": lambda asked: asked.parameters(10),
    "a pool": lambda asked: asked.pool("Users + @home"),
    "a key": lambda asked: asked.file("é" * 512),
    "a part with its upload's checksum": lambda asked: asked.part(ChecksumAlgorithm="CRC32"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(asked: Asked, name: str) -> None:
    code, act = REFUSED[name]
    assert refusal(lambda: act(asked)) == code


@pytest.mark.parametrize("name", ANSWERED)
def test_it_is_answered(asked: Asked, name: str) -> None:
    ANSWERED[name](asked)
