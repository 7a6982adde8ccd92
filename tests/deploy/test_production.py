"""`zappa deploy production` on an empty account, and its life afterwards: all through Zappa, as an operator does it.

The account enforces IAM, so whatever works here works with the permissions of the function's role.
"""

import json
import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from secrets import token_hex
from threading import Event

import pytest

from infra import sdk
from infra.deploy import edge, release
from infra.deploy.deployment import Deployment
from infra.lint import SETTINGS
from infra.local.emulator import PROJECT_DIR
from tests.deploy.account import Account
from tests.deploy.roles import grants_of
from tests.deploy.site import Site
from tests.deploy.tour import NAMES, PICTURE, TOUR, pass_the_apis_own_tests, ready
from tests.waiting import until
from updates.local_files import PART_BYTES

pytestmark = pytest.mark.timeout(900)
STAGES = json.loads(SETTINGS.read_text())


@pytest.fixture(scope="module")
def said(account: Account) -> str:
    """What the first deployment said."""
    return account.zappa("deploy", "production")


@pytest.fixture(scope="module")
def site(account: Account, said: str) -> Site:
    return Site(account)


@pytest.fixture(scope="module")
def deployment(account: Account, said: str) -> Deployment:
    return account.deployment("production", STAGES)


def test_it_deploys_and_says_what_the_package_holds(said: str, site: Site) -> None:
    assert re.search(r"zipped +1\d\.\d\d MB of at most 20", said)
    assert "is live" in said
    assert f"the site is at {site.variables['SITE_URL']}, its users are in the pool us-east-1_" in said
    for path in ("/api/health/", "/api/health/deep/"):
        assert site.request("GET", path).status == 200


def test_no_secret_is_in_the_configuration_or_said(said: str, site: Site, deployment: Deployment) -> None:
    ssm = deployment.client("ssm")
    configuration = json.dumps(site.variables)
    for name, place in (("SECRET_KEY", "secret-key"), ("EDGE_KEY", "edge-key"), ("PUSH_KEY", "push-key")):
        found = ssm.get_parameter(Name=deployment.parameter(place), WithDecryption=True)["Parameter"]
        assert found["Type"] == "SecureString"
        assert len(found["Value"]) >= 50
        assert site.variables[name] == f"ssm:{deployment.parameter(place)}"
        assert found["Value"] not in configuration + said


# The API's own tests are passed by services, where there are more of them.
WAYS = [pytest.param(way, marks=pytest.mark.prove) if way is pass_the_apis_own_tests else way for way in TOUR]


@pytest.mark.parametrize("way", WAYS, ids=NAMES)
def test_it_serves_its_users_under_the_stages_prefix(site: Site, way: Callable[[Site], None]) -> None:
    way(site)


@pytest.mark.prove
def test_the_generated_python_client_passes_its_contract(account: Account, site: Site, tmp_path: Path) -> None:
    sdk.python_client(sdk.describe(tmp_path), tmp_path)
    account.run(
        "tests.deploy.sdk_contract",
        PYTHONPATH=str(tmp_path / "python"),
        SITE=f"{account.emulator.endpoint_url}/production",
        SITE_HOST=site.hosts["production"],
        TOKEN=site.sign_up("alice"),
        EDITOR_TOKEN=site.sign_up("edith", "editors"),
    )


def test_static_files_are_there_for_a_year(site: Site, deployment: Deployment) -> None:
    page = site.request("GET", "/api/docs/").data.decode()
    address = re.search(r'"([^"]+swagger-ui-bundle\.[0-9a-f]{12}\.js)"', page)
    assert address
    answer = site.http.request("GET", address[1])
    assert answer.status == 200, "the distribution may not read it"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Type"].startswith("text/javascript")
    key = "static/" + address[1].partition("/static/")[2]
    at_the_bucket = f"{deployment.endpoint_url}/{site.variables['STATIC_BUCKET']}/{key}"
    assert site.http.request("GET", at_the_bucket).status == 403


def operator(account: Account, deployment: Deployment) -> dict[str, str]:
    """The variables of somebody who has the policy of docs/updates.md and nothing else."""
    page = (PROJECT_DIR / "docs/updates.md").read_text()
    [policy] = re.findall(r"^```json\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    policy = policy.replace("ACCOUNT", deployment.account).replace("DISTRIBUTION", edge.distribution(deployment))
    made = deployment.stacks.outputs("service-updates")
    policy = policy.replace("KEY1", made["UpdatesTargetsKey"]).replace("KEY2", made["UpdatesTimestampKey"])
    iam = account.client("iam")
    iam.create_user(UserName="operator")
    iam.put_user_policy(UserName="operator", PolicyName="updates", PolicyDocument=policy)
    key = iam.create_access_key(UserName="operator")["AccessKey"]
    return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}


def cleared(account: Account, distribution: str) -> list[str]:
    """What CloudFront was told to forget."""
    cloudfront = account.client("cloudfront")
    listed = cloudfront.list_invalidations(DistributionId=distribution)["InvalidationList"]["Items"]
    found = [cloudfront.get_invalidation(DistributionId=distribution, Id=each["Id"]) for each in listed]
    return [path for each in found for path in each["Invalidation"]["InvalidationBatch"]["Paths"]["Items"]]


def test_an_operator_publishes_updates_and_does_nothing_else(
    account: Account, deployment: Deployment, tmp_path: Path
) -> None:
    (tmp_path / "App.dmg").write_bytes(os.urandom(PART_BYTES + 1))
    channel = ["--product", "app", "--channel", "stable"]
    platform = ["--platform", f"macos={tmp_path / 'App.dmg'}"]
    variables = operator(account, deployment)

    def run(command: str, *arguments: str, code: int = 0) -> str:
        return account.run("infra.deploy", "updates", "production", command, *arguments, code=code, **variables)

    root = ["--product", "app", "--root-key", str(tmp_path / "root.pem")]
    run("create", *root)
    said = run("publish", *channel, "--version", "1.4.0", *platform, "--rollout", "50")
    assert "Apps see it as soon as" in said
    assert "Root 2" in run("rotate", *root, "--draft", str(tmp_path / "draft.json"))
    assert "1.5.0" in run("publish", *channel, "--version", "1.5.0", *platform)
    assert "1.4.0, for 50 %" in run("withdraw", *channel, "--version", "1.5.0")
    assert "app/stable 1.4.0 50 %" in run("list")
    assert json.loads(run("root", "--product", "app"))["signed"]["version"] == 2
    assert cleared(account, edge.distribution(deployment)).count("/updates/metadata/app/timestamp.json") == 3
    assert "AccessDenied" in account.run("infra.deploy", "rotate-edge-key", "production", code=1, **variables)


def test_timestamps_are_signed_anew_by_a_function_that_may_do_nothing_else(
    account: Account, deployment: Deployment
) -> None:
    name = f"{deployment.project}-production-updates-signer"
    outputs = deployment.stacks.outputs("service-updates")
    grants = grants_of(account, name)
    keys = {grant.resource for grant in grants if grant.action == "kms:Sign"}
    assert keys == {outputs["UpdatesTimestampKey"]}
    written = {grant.resource for grant in grants if grant.action == "s3:PutObject"}
    assert written == {f"arn:aws:s3:::{outputs['UpdatesBucket']}/updates/metadata/*/timestamp.json"}
    client = account.client("lambda")
    answer = client.invoke(FunctionName=name, Payload=b"{}")
    assert "FunctionError" not in answer, answer["Payload"].read()


def test_no_function_can_publish_and_cloudfront_alone_can_read(
    account: Account, site: Site, deployment: Deployment
) -> None:
    bucket = deployment.stacks.outputs("service-updates")["UpdatesBucket"]
    policy = json.loads(account.client("s3").get_bucket_policy(Bucket=bucket)["Policy"])
    [allowed] = [each for each in policy["Statement"] if each["Effect"] == "Allow"]
    assert allowed["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    distribution = allowed["Condition"]["StringEquals"]["aws:SourceArn"].rpartition("/")[2]
    assert distribution == edge.distribution(deployment) != ""
    grants = grants_of(account, deployment.role)
    assert grants
    assert not [grant for grant in grants if "updates" in grant.resource]
    assert not {"UPDATES_BUCKET", "UPDATES_TARGETS_KEYS", "UPDATES_TIMESTAMP_KEYS"} & site.variables.keys()


def test_people_are_managed_by_an_operators_own_rights(account: Account, site: Site) -> None:
    def run(*command: str, code: int = 0) -> str:
        return account.run("infra.deploy", "manage", "production", *command, code=code)

    maria = f"maria-{token_hex(4)}@example.com"
    assert f"{maria} is in editors" in run("createsuperuser", "--email", maria, "--group", "editors")
    assert "another authenticator app" in run("resetsecondfactor", maria)
    pool = site.variables["COGNITO_USER_POOL_ID"]
    found = account.client("cognito-idp").list_users_in_group(UserPoolId=pool, GroupName="editors")["Users"]
    assert maria in {each["Value"] for user in found for each in user["Attributes"]}
    assert "There is nobody" in run("resetsecondfactor", f"no-{maria}", code=1)
    assert "AccessDenied" in account.zappa("manage", "production", f"resetsecondfactor {maria}", code=1)


def test_the_stage_is_logged_limited_and_traced(account: Account, deployment: Deployment) -> None:
    stage = account.client("apigateway").get_stage(restApiId=deployment.api_id(), stageName="production")
    logged = json.loads(stage["accessLogSettings"]["format"])
    assert {"method", "resource", "status", "latency_ms", "request_id"} <= set(logged)
    assert "$context.path" not in logged.values(), "it holds the tokens of secret links"
    assert stage["accessLogSettings"]["destinationArn"].endswith(":log-group:/aws/apigateway/" + deployment.function)
    errors = f"API-Gateway-Execution-Logs_{deployment.api_id()}/production"
    [group] = account.client("logs").describe_log_groups(logGroupNamePrefix=errors)["logGroups"]
    assert group["retentionInDays"] == 30, "API Gateway would keep them for ever"
    assert stage["methodSettings"]["*/*"]["throttlingRateLimit"] == 500
    assert stage["tracingEnabled"] is True
    assert stage["variables"] == {
        "environment": "production",
        "services": "todos-blog-media-live-reminders-mydata-housekeeping",
        "log_level": "INFO",
    }
    assert account.client("lambda").get_function_configuration(FunctionName=deployment.function)["TracingConfig"] == {
        "Mode": "Active"
    }


def test_operators_see_and_command_the_function(account: Account) -> None:
    status = account.zappa("status", "production")
    assert re.search(r"Lambda Handler: +config\.lambda_handler\.handler", status)
    assert "no issues" in account.zappa("manage", "production", "check")
    assert "ok" in account.zappa("invoke", "production", "health")
    assert "no command" in account.zappa("invoke", "production", "os.getcwd", code=1)
    account.zappa("tail", "production", "--since", "1s", "--disable-keep-open")


def test_updates_and_rollbacks_lose_no_request_and_no_upload(
    account: Account, site: Site, deployment: Deployment
) -> None:
    token, stop, refused = site.sign_up("alice"), Event(), []
    made: list[str] = []
    uploads: list[str] = []

    def keep(act: Callable[[], None], pause: float) -> None:
        while not stop.wait(pause):
            try:
                act()
            except Exception as error:  # any refusal counts
                refused.append(repr(error))

    def read() -> None:
        answer = site.request("GET", "/api/todos/", token=token)
        assert answer.status == 200, answer.data

    def write() -> None:
        answer = site.request("POST", "/api/todos/", {"title": f"Number {len(made)}"}, token=token)
        assert answer.status == 201, answer.data
        made.append(answer.json()["id"])

    before = release.live_version(deployment)
    with ThreadPoolExecutor(3) as threads:
        running = [
            threads.submit(keep, read, 0.15),
            threads.submit(keep, write, 0.15),
            threads.submit(keep, lambda: uploads.append(site.upload(token, PICTURE)), 1),
        ]
        try:
            account.zappa("update", "production")
            updated = release.live_version(deployment)
            account.zappa("rollback", "production", "-n", "1")
        finally:
            stop.set()
        for each in running:
            each.result()
    assert refused == []
    assert int(updated) > int(before)
    assert release.live_version(deployment) == before
    assert len(made) > 10
    assert len(uploads) > 3
    for todo in made:
        assert site.request("GET", f"/api/todos/{todo}/", token=token).status == 200
    for upload in uploads:
        until(ready(site, token, upload), "an upload", 60)


def test_a_sick_version_never_becomes_live(
    account: Account, site: Site, deployment: Deployment, tmp_path: Path
) -> None:
    before = release.live_version(deployment)
    said = account.zappa("update", "production", "--zip", str(broken_package(tmp_path)), code=1)
    assert "The new version is not healthy, so the one before it stays live" in said
    assert release.live_version(deployment) == before
    assert site.request("GET", "/api/health/deep/").status == 200
    assert "no issues" in account.zappa("manage", "production", "check"), "the live version is asked"


def broken_package(folder: Path) -> Path:
    """A package whose code does not start."""
    from zipfile import ZipFile

    path = folder / "broken.zip"
    with ZipFile(path, "w") as archive:
        archive.writestr("config/__init__.py", "")
        archive.writestr("config/lambda_handler.py", "raise RuntimeError('broken on purpose')")
    return path


def test_a_rollback_further_than_there_is_history_is_refused(account: Account) -> None:
    assert "releases before the live one, not 9" in account.zappa("rollback", "production", "-n", "9", code=1)


def test_undeploying_leaves_the_data(account: Account, site: Site, deployment: Deployment) -> None:
    tables = set(account.client("dynamodb").list_tables()["TableNames"])
    buckets = {each["Name"] for each in account.client("s3").list_buckets()["Buckets"]}
    account.zappa("undeploy", "production", "--yes")
    assert (
        site.http.request("GET", account.emulator.endpoint_url, headers={"Host": site.hosts["production"]}).status
        != 200
    )
    assert account.client("lambda").list_event_source_mappings()["EventSourceMappings"] == []
    assert deployment.function not in {
        f["FunctionName"] for f in account.client("lambda").list_functions()["Functions"]
    }
    assert set(account.client("dynamodb").list_tables()["TableNames"]) == tables
    assert {each["Name"] for each in account.client("s3").list_buckets()["Buckets"]} == buckets
    assert "There is no serverless-django-production" in account.zappa("tail", "production", code=1)
