"""An account's second region."""

from typing import Any

import boto3
from botocore.config import Config

from infra.local.emulator import CREDENTIALS
from tests.deploy.account import REGION, Account

SECOND = "eu-west-1"


class SecondRegion(Account):
    """The same account, seen from its second region."""

    def __init__(self, account: Account) -> None:
        super().__init__(account.emulator)
        self.session = boto3.Session(
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=SECOND,
        )

    def client(self, service: str, **credentials: str) -> Any:
        # Users are in the first region alone.
        return self.client_in(REGION if service == "cognito-idp" else SECOND, service)

    def client_in(self, region: str, service: str) -> Any:
        """A client of the account's owner in a region."""
        make: Any = self.session.client
        config = Config(s3={"addressing_style": "path"})
        return make(service, endpoint_url=self.emulator.endpoint_url, region_name=region, config=config)
