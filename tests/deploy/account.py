"""An AWS account as empty as a new one, embedded, that enforces every policy; and Zappa as an operator runs it."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
from botocore.config import Config

from infra.deploy.deployment import Deployment
from infra.local.emulator import CREDENTIALS, Emulator
from infra.settings_lint import merged
from tests.conftest import _free_port
from tests.deploy import commands
from tests.measuring import measured

REGION = "us-east-1"
# A deployment takes a minute on a quiet machine, and many times that on a busy one, which is no fault of it.
COMMAND_SECONDS = 600
# LOCAL_DIR and the files, so that nobody here reads what `make run` keeps in this very clone, or what is in ~/.aws.
_KEPT = (
    "PATH", "HOME", "LANG", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "PIP_INDEX_URL", "PIP_CONFIG_FILE", "LOCAL_DIR",
    "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE",
)  # fmt: skip


class EnforcingEmulator(Emulator):
    """Judges every request by the policies of who sends it: a function has its role's permissions and no others."""

    module = "tests.deploy.judging_aws"
    settings: Mapping[str, str] = {}  # what the account is to be like
    busy = {"STRICT_TABLE_SECONDS": "0.3"}

    @property
    def calls(self) -> Path:
        """Where it writes down what functions call."""
        return self.state_dir / "calls.jsonl"

    def _environment(self) -> dict[str, str]:
        # The variables of the tests' own stage must not reach a function.
        with patch.dict(os.environ, shell(), clear=True):
            return {**super()._environment(), "AUTH": "true", "CALLS": str(self.calls), **self.busy, **self.settings}


def shell() -> dict[str, str]:
    """What an operator's shell has before anything of AWS is set."""
    return {name: os.environ[name] for name in _KEPT if name in os.environ}


class Account:
    """The account, and commands in it."""

    def __init__(self, emulator: EnforcingEmulator) -> None:
        self.emulator = emulator
        self.session = boto3.Session(
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=REGION,
        )

    @property
    def environment(self) -> dict[str, str]:
        """What an operator's shell has to work in the account."""
        return {**shell(), **CREDENTIALS, "AWS_ENDPOINT_URL": self.emulator.endpoint_url}

    def client(self, service: str, **credentials: str) -> Any:
        """A boto3 client of the account's owner, or of whose credentials are given."""
        make: Any = boto3.client if credentials else self.session.client
        return make(
            service,
            endpoint_url=self.emulator.endpoint_url,
            region_name=REGION,
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 2}),
            **credentials,
        )

    def run(self, *command: str, code: int = 0, **variables: str) -> str:
        """What a command of this Python's environment says; AssertionError when it ends with another code."""
        environment = {**self.environment, **measured(), **variables}
        ended, said = commands.run(command, environment, COMMAND_SECONDS)
        assert ended == code, f"{' '.join(command)} ended with {ended}:\n{said}"
        return said

    def zappa(self, command: str, stage: str, *arguments: str, code: int = 0) -> str:
        """What `zappa COMMAND STAGE ...` says."""
        return self.run("zappa.cli", command, stage, *arguments, code=code)

    def deployment(self, stage: str, stages: dict[str, Any]) -> Deployment:
        """The stage as the deployment's own code sees it."""
        return EmbeddedDeployment(self, stage, merged(stages, stage))


class EmbeddedDeployment(Deployment):
    """Talks to the embedded AWS without the process's variables saying so."""

    def __init__(self, account: Account, stage: str, settings: dict[str, Any]) -> None:
        super().__init__(stage, settings, account.session)
        self._account = account

    def client(self, service: str, region: str = "") -> Any:
        return self._account.client(service)


@contextmanager
def empty_account(folder: Path, **settings: str) -> Iterator[Account]:
    """A new account, gone at the end; `settings` are variables of the embedded AWS."""
    emulator = EnforcingEmulator(_free_port(), folder, persist=False)
    emulator.settings = settings
    with emulator:
        yield Account(emulator)
