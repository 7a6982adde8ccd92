"""A deployed site as its users see it: over HTTP at API Gateway, signed in with real tokens."""

import json
import re
import secrets
from collections.abc import Iterable, Mapping
from tempfile import NamedTemporaryFile
from typing import Any

import urllib3

from infra.deploy.deployment import SERVICES
from infra.stacks import PROJECT
from tests.deploy.account import REGION, Account
from tests.deploy.edge import behavior

PASSWORD = "Correct-Horse-7-Battery"
LAMBDA_VARIABLES = {"AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}


# The API's own tests that another process can be asked. What stands in front can change addresses, methods, headers and
# bodies: every shape and address has those that look at these. More run once, on each service alone with its own role.
DOORS = [
    "tests/accounts/test_me.py",
    "tests/todos/test_create_todo.py",
    "tests/todos/test_list_todos.py",
    "tests/todos/test_change_todo.py",
    "tests/blog/test_create_post.py",
    "tests/blog/test_read_post.py",
    "tests/media/test_create_upload.py",
    "tests/media/test_list_uploads.py",
]
CONTRACT = [
    *DOORS,
    "tests/todos/test_put_todo.py",
    "tests/todos/test_delete_todo.py",
    "tests/blog/test_edit_post.py",
    "tests/blog/test_list_posts.py",
    "tests/media/test_delete_upload.py",
]
# They listen at queues of the tests' own, wait for a time to come, ask for a hundred things, or count down to a limit.
LEFT_OUT = (
    "put_meanwhile", "when_its_time_comes", "twenty_times", "largest", "too_large",
    "neighbours", "same_place", "in_every_order",
)  # fmt: skip
VIEWER = "198.51.100.7"


class Site:
    """The stages of an environment: `production` alone, or one stage for each service.

    Under the stage's prefix at API Gateway; or, `at_the_edge`, through CloudFront under the site's own domain, sent on
    by the rules of infra/edge.yaml, as the embedded AWS serves no distribution.
    """

    def __init__(self, account: Account, stages: Iterable[str] = ("production",), *, at_the_edge: bool = False) -> None:
        self.account = account
        self.stages = list(stages)
        self.at_the_edge = at_the_edge
        self.http = urllib3.PoolManager(retries=False, timeout=30, maxsize=16)
        gateway = account.client("apigateway")
        ids = {api["name"]: api["id"] for api in gateway.get_rest_apis(limit=500)["items"]}
        self.hosts = {stage: f"{ids[function(stage)]}.execute-api.localhost" for stage in self.stages}
        self.passed_on = {"X-Origin-Key": self._edge_key(), "X-Viewer-Address": VIEWER} if at_the_edge else {}

    def _edge_key(self) -> str:
        name = f"/{PROJECT}/{self.stages[0].partition('_')[0]}/edge-key"
        return str(self.account.client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])

    def stage_of(self, path: str) -> str:
        """The stage that serves a path."""
        first, _, second = path.removeprefix("/").partition("/")
        wanted = second.partition("/")[0] if first == "api" else first
        if self.at_the_edge:
            wanted = behavior(path.partition("?")[0])["TargetOriginId"]
        elif wanted not in SERVICES:
            wanted = "blog"
        return next((stage for stage in self.stages if stage.endswith(f"_{wanted}")), self.stages[0])

    def place(self, path: str) -> tuple[str, dict[str, str]]:
        """Where a path is asked for at API Gateway, and with which headers."""
        stage = self.stage_of(path)
        return f"{self.account.emulator.endpoint_url}/{stage}{path}", {"Host": self.hosts[stage], **self.passed_on}

    def request(
        self, method: str, path: str, body: Any = None, *, token: str = "", headers: Mapping[str, str] | None = None
    ) -> urllib3.BaseHTTPResponse:
        """One request through API Gateway."""
        url, sent = self.place(path)
        sent = {**sent, "Content-Type": "application/json", **(headers or {})}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        data = None if body is None else json.dumps(body).encode()
        return self.http.request(method, url, body=data, headers=sent, redirect=False)

    @property
    def variables(self) -> dict[str, str]:
        """What the function that serves the blog is told of its surroundings."""
        found = self.account.client("lambda").get_function_configuration(
            FunctionName=function(self.stage_of("/")), Qualifier="live"
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
        return str(self.tokens(email)["AccessToken"])

    def tokens(self, email: str) -> Any:
        """The tokens of that user."""
        return self.account.client("cognito-idp").initiate_auth(
            ClientId=self.variables["COGNITO_CLIENT_IDS"].split(",")[1],
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": PASSWORD},
        )["AuthenticationResult"]

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

    def run_contract(self) -> int:
        """Run the API's own tests against the site; how many passed. AssertionError when one fails."""
        with NamedTemporaryFile("w", suffix=".json") as file:
            file.write(json.dumps(self.as_deployed()))
            file.flush()
            plugin = ("-p", "tests.deploy.remote", "-n", "0", "-q", "-k", f"not ({' or '.join(LEFT_OUT)})")
            tests = CONTRACT if len(self.stages) > 1 else DOORS
            said = self.account.run("pytest", *plugin, *tests, DEPLOYED=file.name)
        passed = re.search(r"(\d+) passed", said)
        assert passed
        return int(passed[1])

    def as_deployed(self) -> dict[str, Any]:
        """What tests.deploy.remote has to know."""
        port = self.account.emulator.port
        beginnings = {"/": "/", **{f"/api/{service}/": f"/api/{service}/x/" for service in SERVICES}}
        stages = {beginning: self.stage_of(path) for beginning, path in beginnings.items()}
        return {
            "endpoint": self.account.emulator.endpoint_url,
            "apis": {beginning: [f"{self.hosts[stage]}:{port}", f"/{stage}"] for beginning, stage in stages.items()},
            "site": self.variables["SITE_URL"] if self.at_the_edge else "",
            "headers": self.passed_on,
            "variables": {
                **self.account.environment, **LAMBDA_VARIABLES, **self.variables, "SERVICES": ",".join(SERVICES),
            },
        }  # fmt: skip


def function(stage: str) -> str:
    """The name of a stage's function."""
    return f"{PROJECT}-{stage}".replace("_", "-")
