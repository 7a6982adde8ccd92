"""A stage that is nothing but a function."""

from io import BytesIO
from secrets import token_hex
from typing import Any
from zipfile import ZipFile

import boto3

from infra.deploy.deployment import Deployment
from infra.stacks import PROJECT

ROLE = "arn:aws:iam::000000000000:role/none"


def with_function(**options: object) -> Deployment:
    """A new stage with these settings of `deploy`, whose function has no version yet."""
    settings: dict[str, Any] = {"project_name": PROJECT, "deploy": options}
    made = Deployment(f"f{token_hex(4)}", settings, boto3.Session(region_name="us-east-1"))
    made.client("lambda").create_function(
        FunctionName=made.function, Runtime="python3.13", Handler="x.y", Role=ROLE, Code={"ZipFile": code("ours")}
    )
    return made


def code(whose: str) -> bytes:
    """A package whose code says whose it is."""
    written = BytesIO()
    with ZipFile(written, "w") as archive:
        archive.writestr("x.py", f"def y(event, context): return {{'statusCode': 200, 'body': '{whose}'}}")
    return written.getvalue()
