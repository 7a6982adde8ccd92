"""A deployed site as its users see it: over HTTP at API Gateway, signed in with real tokens."""

import json
import re
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import urllib3

from infra.deploy.deployment import SERVICES
from infra.stacks import PROJECT
from tests.deploy.account import REGION, Account

PASSWORD = "Correct-Horse-7-Battery"
LAMBDA_VARIABLES = {"AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}


# The API's own tests that another process can be asked: each door once, each kind of refusal once.
CONTRACT = [
    "tests/todos/test_create_todo.py",
    "tests/todos/test_read_todo.py",
    "tests/todos/test_list_todos.py",
    "tests/blog/test_create_post.py",
    "tests/blog/test_read_post.py",
    "tests/media/test_create_upload.py",
    "tests/accounts/test_me.py",
]
# Parametrised at length where they run in a process; the embedded AWS passes on no bytes that are not UTF-8.
LEFT_OUT = "not points_at and not bad_body and not takes_any and not refuses_a and not bad_field"


class Site:
    """The stages of an environment: `production` alone, or one stage for each service."""

    def __init__(self, account: Account, stages: Iterable[str] = ("production",)) -> None:
        self.account = account
        self.stages = list(stages)
        self.http = urllib3.PoolManager(retries=False, timeout=30, maxsize=16)
        gateway = account.client("apigateway")
        ids = {api["name"]: api["id"] for api in gateway.get_rest_apis(limit=500)["items"]}
        self.hosts = {stage: f"{ids[function(stage)]}.execute-api.localhost" for stage in self.stages}

    def stage_of(self, path: str) -> str:
        """The stage that serves a path."""
        service = path.split("/")[2] if path.startswith("/api/") else ""
        wanted = service if service in SERVICES else "blog"
        return next((stage for stage in self.stages if stage.endswith(f"_{wanted}")), self.stages[0])

    def request(
        self, method: str, path: str, body: Any = None, *, token: str = "", headers: Mapping[str, str] | None = None
    ) -> urllib3.BaseHTTPResponse:
        """One request through API Gateway, under the stage's prefix."""
        stage = self.stage_of(path)
        sent = {"Host": self.hosts[stage], "Content-Type": "application/json", **(headers or {})}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        url = f"{self.account.emulator.endpoint_url}/{stage}{path}"
        data = None if body is None else json.dumps(body).encode()
        return self.http.request(method, url, body=data, headers=sent, redirect=False)

    @property
    def variables(self) -> dict[str, str]:
        """What the first stage's function is told of its surroundings."""
        found = self.account.client("lambda").get_function_configuration(
            FunctionName=function(self.stages[0]), Qualifier="live"
        )
        variables: dict[str, str] = found["Environment"]["Variables"]
        return variables

    def sign_up(self, name: str, *groups: str) -> str:
        """The access token of a new user of these groups."""
        return self.token(self.new_user(name, *groups))

    def new_user(self, name: str, *groups: str) -> str:
        """The address of a new user of these groups, whose password is PASSWORD."""
        cognito, variables = self.account.client("cognito-idp"), self.variables
        pool, email = variables["COGNITO_USER_POOL_ID"], f"{name}-{secrets.token_hex(6)}@example.com"
        cognito.admin_create_user(
            UserPoolId=pool,
            Username=email,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
        )
        cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=PASSWORD, Permanent=True)
        for group in groups:
            cognito.admin_add_user_to_group(UserPoolId=pool, Username=email, GroupName=group)
        return email

    def token(self, email: str) -> str:
        """An access token of that user."""
        tokens = self.account.client("cognito-idp").initiate_auth(
            ClientId=self.variables["COGNITO_CLIENT_IDS"].split(",")[1],
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": PASSWORD},
        )
        return str(tokens["AuthenticationResult"]["AccessToken"])

    def upload(self, token: str, data: bytes, **wanted: str) -> str:
        """The id of a new upload of these bytes, put into S3 as a browser does it."""
        size = {"name": "photo.jpg", "content_type": "image/jpeg", "size": len(data), **wanted}
        asked = self.request("POST", "/api/media/uploads/", size, token=token)
        assert asked.status == 201, asked.data
        door = asked.json()["upload"]
        put = self.http.request("POST", door["url"], fields={**door["fields"], "file": ("photo.jpg", data)})
        assert put.status in {200, 201, 204}, put.data
        return str(asked.json()["id"])

    def mails(self, to: str) -> list[dict[str, Any]]:
        """What SES was asked to send to an address."""
        answer = self.http.request("GET", f"{self.account.emulator.endpoint_url}/_ministack/ses/kept")
        return [mail["request"] for mail in answer.json() if to in mail["request"]["Destination"]["ToAddresses"]]

    def run_contract(self, folder: Path) -> int:
        """Run the API's own tests against the site; how many passed. AssertionError when one fails."""
        file = folder / "deployed.json"
        file.write_text(json.dumps(self.as_deployed()))
        plugin = ("-p", "tests.deploy.remote", "-n", "0", "-q", "-k", LEFT_OUT)
        passed = re.search(r"(\d+) passed", self.account.run("pytest", *plugin, *CONTRACT, DEPLOYED=str(file)))
        assert passed
        return int(passed[1])

    def as_deployed(self) -> dict[str, Any]:
        """What tests.deploy.remote has to know."""
        port = self.account.emulator.port
        apis = {
            f"/api/{stage.partition('_')[2]}/" if "_" in stage else "/": [f"{host}:{port}", f"/{stage}"]
            for stage, host in self.hosts.items()
        }
        apis.setdefault("/", [f"{self.hosts[self.stage_of('/')]}:{port}", f"/{self.stage_of('/')}"])
        variables = {**self.account.environment, **LAMBDA_VARIABLES, **self.variables, "SERVICES": ",".join(SERVICES)}
        return {"endpoint": self.account.emulator.endpoint_url, "apis": apis, "variables": variables}


def function(stage: str) -> str:
    """The name of a stage's function."""
    return f"{PROJECT}-{stage}".replace("_", "-")
