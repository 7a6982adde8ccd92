"""Somebody with a user of their own who asks a deployed site over HTTP, and leaves nothing behind."""

import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import urllib3

from infra import service_stacks
from infra.deploy.deployment import ALIAS, Deployment

REQUEST_SECONDS, WAIT_SECONDS = 30.0, 120.0
OWNED_TABLES = ("todos", "uploads")  # their rows are found by who owns them
SUBSCRIBERS_TABLE = "subscribers"
MAIL_DOMAIN = "simulator.amazonses.com"  # SES takes mail for it, in its sandbox too, and counts it nowhere


class CheckFailed(Exception):
    """The site does not do what it should. The message says what it did."""


def expect(condition: object, what: str) -> None:
    """Raise CheckFailed unless the condition holds."""
    if not condition:
        raise CheckFailed(what)


class Visitor:
    """Asks the site at `address`, without a slash at its end; a user is made for it by `visiting`."""

    def __init__(self, deployment: Deployment, address: str = "") -> None:
        """The address is that of readers if none is given."""
        self.deployment = deployment
        self._dynamodb = deployment.client("dynamodb")
        self._cognito = deployment.client("cognito-idp", deployment.home_region)
        live = deployment.client("lambda").get_function_configuration(FunctionName=deployment.function, Qualifier=ALIAS)
        self.site = str(live["Environment"]["Variables"]["SITE_URL"])  # where it says that readers find it
        self.address = (address or self.site).rstrip("/")
        self.http = urllib3.PoolManager(retries=False, timeout=REQUEST_SECONDS)
        self.name = f"verify-{secrets.token_hex(6)}"
        self.subscribed = ""
        self.user_id = ""
        self.username = ""

    @cached_property
    def outputs(self) -> dict[str, str]:
        """What the stacks of the environment made."""
        found = self.deployment.stacks.outputs("data") | service_stacks.outputs(self.deployment.stacks)
        return {name: str(value) for name, value in found.items()}

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
        signed_in: bool = False,
    ) -> urllib3.BaseHTTPResponse:
        """One request, redirects not followed; `path` may be an address, and the site's own is asked for here."""
        sent = {"Accept-Encoding": "gzip", **(headers or {})}
        if body is not None:
            sent["Content-Type"] = "application/json"
        if signed_in:
            sent["Authorization"] = f"Bearer {self.token}"
        data = None if body is None else json.dumps(body).encode()
        return self.http.request(method, self.at(path), body=data, headers=sent, redirect=False)

    def at(self, path: str) -> str:
        """The address to ask for a path or an address of the site."""
        path = path.replace(self.site, self.address, 1)
        return path if "://" in path else f"{self.address}/{path.removeprefix('/')}"

    @cached_property
    def token(self) -> str:
        """The user's access token; the user is made when it is first asked for."""
        cognito, pool = self._cognito, self.outputs["UserPoolId"]
        email, password = f"{self.name}@{MAIL_DOMAIN}", f"Aa1-{secrets.token_urlsafe(24)}"
        attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
        made = cognito.admin_create_user(
            UserPoolId=pool, Username=email, MessageAction="SUPPRESS", UserAttributes=attributes
        )
        self.username = made["User"]["Username"]
        self.user_id = next(each["Value"] for each in made["User"]["Attributes"] if each["Name"] == "sub")
        cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=password, Permanent=True)
        tokens = cognito.initiate_auth(
            ClientId=self.outputs["MobileClientId"],
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": password},
        )
        return str(tokens["AuthenticationResult"]["AccessToken"])

    def subscriber(self) -> dict[str, Any]:
        """The row of the address that was subscribed; empty when there is none."""
        key = {"email": {"S": self.subscribed}}
        answer = self._dynamodb.get_item(TableName=self._table(SUBSCRIBERS_TABLE), Key=key, ConsistentRead=True)
        return dict(answer.get("Item", {}))

    def leave(self) -> None:
        """Delete what the visit made: rows, the subscriber, the user."""
        if self.subscribed:
            key = {"email": {"S": self.subscribed}}
            self._dynamodb.delete_item(TableName=self._table(SUBSCRIBERS_TABLE), Key=key)
        if self.username:
            for table in OWNED_TABLES:
                self._delete_rows(self._table(table))
            self._cognito.admin_delete_user(UserPoolId=self.outputs["UserPoolId"], Username=self.username)

    def _delete_rows(self, table: str) -> None:
        """The rows of one visit are few: a page holds them."""
        mine = {":owner": {"S": self.user_id}}
        found = self._dynamodb.query(
            TableName=table, KeyConditionExpression="#o = :owner", ExpressionAttributeNames={"#o": "owner"},
            ExpressionAttributeValues=mine, ConsistentRead=True,
        )  # fmt: skip
        for item in found["Items"]:
            self._dynamodb.delete_item(TableName=table, Key={"owner": item["owner"], "id": item["id"]})

    def _table(self, name: str) -> str:
        return f"{self.outputs['TablePrefix']}{name}"


@contextmanager
def visiting(deployment: Deployment, address: str = "") -> Iterator[Visitor]:
    """A visitor, whose traces are gone at the end."""
    visitor = Visitor(deployment, address)
    try:
        yield visitor
    finally:
        visitor.leave()


def wait_for(check: Callable[[], Any], what: str) -> Any:
    """The first true answer, asked every second. Raises CheckFailed after two minutes."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not (found := check()):
        expect(time.monotonic() < deadline, f"{what} did not happen within {WAIT_SECONDS:.0f} s")
        time.sleep(1)
    return found
