"""A stage in two regions: what is written in one is in the other, readers are sent to and fro, and nothing is left.

The embedded AWS replicates tables and copies files as AWS does, after a while.
"""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from infra.deploy import failover, regions, second_region
from infra.deploy.deployment import DeployError
from infra.failover.store import HOME, Store
from infra.lint import SETTINGS
from infra.settings_lint import merged
from infra.stacks import PROJECT
from tests.deploy import edge_function
from tests.deploy.account import REGION, Account, EmbeddedDeployment, empty_account
from tests.deploy.edge import behavior
from tests.deploy.second import SECOND, SecondRegion
from tests.deploy.site import Site
from tests.deploy.tour import PICTURE, ready
from tests.waiting import until

pytestmark = [pytest.mark.prove, pytest.mark.timeout(900)]
CODE = "-euw1"
# What takes seconds there is a part of one here: replication, and the waits of the state machine.
SOON = {
    "STRICT_TABLE_REPLICATION_SECONDS": "0.2",
    "STRICT_BUCKET_REPLICATION_SECONDS": "0.5",
    "SFN_WAIT_SCALE": "0.01",
}
needs_node = pytest.mark.skipif(edge_function.NODE is None, reason="There is no Node.js to run CloudFront's function.")


class Alone(EmbeddedDeployment):
    """The stage in its second region while the first answers nothing, not even what steers CloudFront."""

    def __init__(self, account: SecondRegion) -> None:
        settings = merged(json.loads(SETTINGS.read_text()), "production")
        super().__init__(account, "production", regions.settings_in(settings, SECOND, REGION))
        self.there = account

    def client(self, service: str, region: str = "") -> Any:
        assert region in {"", SECOND}, (region, service)
        return self.there.client_in(region or SECOND, service)


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with empty_account(tmp_path_factory.mktemp("two-regions"), **SOON) as account:
        account.zappa("deploy", "production")
        site = Site(account)
        site.upload(site.sign_up("alice"), PICTURE)
        yield account


@pytest.fixture(scope="module")
def said(account: Account) -> str:
    return account.run("infra.deploy", "second-region", "production", SECOND)


@pytest.fixture(scope="module")
def home(account: Account) -> Site:
    return Site(account)


@pytest.fixture(scope="module")
def second(account: Account, said: str) -> Site:
    return Site(SecondRegion(account))


@pytest.mark.parametrize("region", [REGION, "mars-north-1", ""])
def test_it_refuses_what_is_no_other_region(account: Account, region: str) -> None:
    home = account.deployment("production", json.loads(SETTINGS.read_text()))
    with pytest.raises(DeployError, match="is no other region"):
        second_region.prepare(home, region)


def test_there_is_nowhere_to_go_without_one(account: Account) -> None:
    with pytest.raises(DeployError, match=f"is not in {SECOND}"):
        second_region.lead_to(Alone(SecondRegion(account)))
    assert "has no second region" in account.run("infra.deploy", "remove-second-region", "production", code=1)


def test_it_stands_by(account: Account, said: str, second: Site) -> None:
    assert f"stands by in {SECOND}" in said
    assert "files came before" in said
    assert second.request("GET", "/api/health/deep/").status == 200
    there = second.account.client("dynamodb")
    for table in account.client("dynamodb").list_tables()["TableNames"]:
        described = there.describe_table(TableName=table)["Table"]
        assert described["DeletionProtectionEnabled"]
        if table.endswith("-counters"):
            assert not described.get("Replicas"), "counts of requests are each region's own"
            continue
        assert {each["RegionName"] for each in described["Replicas"]} == {REGION}
        recovery = there.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
        assert recovery["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


def test_alarms_watch_what_each_region_sends_the_other(account: Account, second: Site) -> None:
    for client, other in ((account.client("cloudwatch"), SECOND), (second.account.client("cloudwatch"), REGION)):
        names = [f"{PROJECT}-production-{table}-replication" for table in ("posts", "todos")]
        alarms = client.describe_alarms(AlarmNames=names)["MetricAlarms"]
        assert [alarm["AlarmName"] for alarm in alarms] == names
        assert {each["Value"] for alarm in alarms for each in alarm["Dimensions"]} == {
            f"{PROJECT}-production-posts",
            f"{PROJECT}-production-todos",
            other,
        }
        assert all(alarm["AlarmActions"] for alarm in alarms)


def test_the_first_region_is_not_undeployed_under_it(account: Account, second: Site) -> None:
    assert f"Remove the second region {SECOND} first" in account.zappa("undeploy", "production", "--yes", code=1)


def without_address(thing: dict[str, Any]) -> dict[str, Any]:
    """A to-do but for its URL, which without a domain is the region's own."""
    return {name: value for name, value in thing.items() if name != "url"}


@pytest.mark.parametrize("back", [False, True])
def test_a_todo_is_in_both(home: Site, second: Site, back: bool) -> None:
    here, there = (second, home) if back else (home, second)
    token = home.sign_up("alice")
    made = here.request("POST", "/api/todos/", {"title": "Pack"}, token=token).json()
    path = f"/api/todos/{made['id']}/"
    until(lambda: there.request("GET", path, token=token).status == 200, "the replica")
    assert without_address(there.request("GET", path, token=token).json()) == without_address(made)
    changed = there.request("PATCH", path, {"completed": True}, token=token, headers={"If-Match": '"v1"'})
    assert changed.status == 200
    until(lambda: here.request("GET", path, token=token).json()["version"] == 2, "the change")


def test_what_one_has_signed_the_other_believes(home: Site, second: Site) -> None:
    token = home.sign_up("alice")
    for number in range(3):
        assert home.request("POST", "/api/todos/", {"title": str(number)}, token=token).status == 201
    link = home.request("GET", "/api/todos/?limit=2", token=token).headers["Link"]
    following = re.search(r"<[^>]*?(/api/todos/[^>]*)>; rel=\"next\"", link)
    assert following
    until(lambda: len(second.request("GET", following[1], token=token).json()) == 1, "the replica")


@pytest.mark.parametrize("back", [False, True])
def test_a_file_goes_to_both_and_is_taken_in_once(home: Site, second: Site, back: bool) -> None:
    here, there = (second, home) if back else (home, second)
    token = home.sign_up("alice")
    upload = here.upload(token, PICTURE)
    found: Any = until(ready(here, token, upload), "the picture", 60)
    path = f"/api/media/uploads/{upload}/"
    until(lambda: there.request("GET", path, token=token).json().get("version") == found["version"], "the replica")
    copy = there.request("GET", path, token=token).json()
    picture = copy["renditions"][0]["webp"]
    assert copy["status"] == "ready"
    assert there.variables["THUMBNAILS_BUCKET"] in picture
    until(lambda: there.http.request("GET", picture).data[8:12] == b"WEBP", "the copy of the picture")
    until(lambda: there.http.request("GET", copy["url"]).data == PICTURE, "the copy of the file")


def test_a_software_update_is_published_in_both(account: Account, second: Site, tmp_path: Path) -> None:
    """With the same keys, so that apps believe what each region has signed; the other has it, too."""
    (tmp_path / "App.dmg").write_bytes(b"the app")
    root = ["--root-key", str(tmp_path / "root.pem")]
    app, stable = ["--product", "app"], ["--product", "app", "--channel", "stable"]
    offer = [*stable, "--platform", f"macos={tmp_path / 'App.dmg'}"]

    def run(*arguments: str) -> str:
        return account.run("infra.deploy", "updates", *arguments)

    run("production", "create", *app, *root)
    run("production", "publish", *offer, "--version", "1.0.0")
    s3 = second.account.client("s3")
    [there] = [each["Name"] for each in s3.list_buckets()["Buckets"] if re.search(f"-updates-.*{CODE}", each["Name"])]
    until(lambda: is_copied(account, second, "updates"), "the copies")
    copied = [each["Key"] for each in s3.list_objects_v2(Bucket=there)["Contents"]]
    assert "updates/metadata/app/timestamp.json" in copied
    assert [key for key in copied if re.fullmatch(r"updates/targets/app/stable/[0-9a-f]{64}\.macos", key)]
    said = run("--region", SECOND, "production", "publish", *offer, "--version", "1.1.0")
    assert "is at 1.1.0" in said
    assert "as soon as CloudFront" in said
    until(lambda: is_copied(account, second, "updates"), "the copies")
    assert "1.1.0 100 %" in run("production", "list"), "home believes what the second region has signed"


def is_copied(account: Account, second: Site, kind: str) -> bool:
    """Whether the buckets of a kind hold the same in both regions."""
    s3 = account.client("s3")
    names = [each["Name"] for each in s3.list_buckets()["Buckets"] if f"-{kind}-" in each["Name"]]
    clients = [second.account.client("s3") if name.endswith(CODE) else s3 for name in names]
    pages = [s3.list_objects_v2(Bucket=name).get("Contents", []) for s3, name in zip(clients, names, strict=True)]
    found = [{(each["Key"], each["ETag"]) for each in page} for page in pages]
    return len(found) == 2 and found[0] == found[1]


def test_a_subscriber_is_welcomed_once_where_they_came(home: Site, second: Site) -> None:
    addresses = []
    for site in (home, second, home):
        addresses.append(f"reader-{time.time_ns()}@example.com")
        assert site.request("POST", "/api/blog/subscribers/", {"email": addresses[-1]}).status == 202
    for address, site in zip(addresses, (home, second, home), strict=True):
        until(lambda address=address, site=site: site.mails(address), "the mail", 60)  # type: ignore[misc]
    assert [len(home.mails(address)) for address in addresses] == [1, 1, 1]


def test_users_stay_in_the_first_region(home: Site, second: Site) -> None:
    there = second.request("GET", "/api/auth/config/").json()
    assert there == home.request("GET", "/api/auth/config/").json()
    assert there["region"] == REGION


def test_ones_own_credentials_are_for_the_bucket_of_the_region(home: Site, second: Site) -> None:
    tokens = home.tokens(home.new_user("alice"))
    for site, region in ((home, REGION), (second, SECOND)):
        asked = {"id_token": tokens["IdToken"]}
        given = site.request("POST", "/api/media/credentials/", asked, token=tokens["AccessToken"])
        assert given.status == 200, given.data
        assert (given.json()["region"], given.json()["bucket"]) == (region, site.variables["UPLOADS_BUCKET"])
    documents = policies(home.account)
    for bucket in (home.variables["UPLOADS_BUCKET"], second.variables["UPLOADS_BUCKET"]):
        assert f"arn:aws:s3:::{bucket}/users/${{aws:PrincipalTag/sub}}/*" in documents


def policies(account: Account) -> str:
    """What a user's own credentials allow."""
    iam, role = account.client("iam"), f"{PROJECT}-production-user-folder"
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    return json.dumps([iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names])


READS = ("/", "/todos/", "/static/app.js", "/pictures/blog/a.webp", "/updates/metadata/app/timestamp.json")


def leads(account: Account) -> dict[str, list[str]]:
    """Where CloudFront leads, by what is asked for: the host it asks, and the one it asks when that can't answer."""
    cloudformation, client = account.client("cloudformation"), account.client("cloudfront")
    stack = cloudformation.describe_stacks(StackName=f"{PROJECT}-production-edge")["Stacks"][0]
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
    config = client.get_distribution_config(Id=outputs["DistributionId"])["DistributionConfig"]
    hosts = {origin["Id"]: origin["DomainName"] for origin in config["Origins"]["Items"]}
    code = client.get_function(Name=f"{PROJECT}-production-choose-origin", Stage="LIVE")["FunctionCode"].read().decode()
    keys = store_of(account, outputs["RegionsStoreArn"]).read()
    asked = [*(("GET", path) for path in READS), ("POST", "/api/todos/"), ("POST", "/")]
    return {
        f"{method} {path}": [hosts[origin] for origin in chosen.origins or [behavior(path)["TargetOriginId"]]]
        for (method, path), chosen in zip(asked, edge_function.run(code, *asked, keys=keys), strict=True)
    }


def store_of(account: Account, arn: str) -> Store:
    """The keys by which CloudFront chooses, for who owns the account."""
    return Store(arn, account.session.get_credentials(), account.emulator.endpoint_url)


@needs_node
def test_readers_are_sent_to_and_fro(account: Account, home: Site, second: Site) -> None:
    before = leads(account)
    here, there = home.hosts["production"], second.hosts["production"]
    assert before["GET /"] == before["GET /todos/"] == [here, there]
    assert before["POST /"] == before["POST /api/todos/"] == [here], "CloudFront never asks twice to write"
    assert all(len(before[f"GET {path}"]) == 2 for path in READS), "what can't be read at home is read there"
    account.run("infra.deploy", "fail-over", "production", SECOND)
    over = leads(account)
    assert over == {asked: [there] if hosts[0] == here else hosts[1:] for asked, hosts in before.items()}
    assert "`fail-back` first" in account.run("infra.deploy", "remove-second-region", "production", code=1)
    account.zappa("update", "production")
    assert leads(account) == over, "a deployment at home leaves readers where they are"
    account.run("infra.deploy", "fail-back", "production")
    assert leads(account) == before


@needs_node
def test_the_first_region_is_not_asked_when_readers_are_sent_away(account: Account, second: Site) -> None:
    second_region.lead_to(Alone(SecondRegion(account)))
    assert leads(account)["GET /"] == [second.hosts["production"]]
    store_in_use(account).write(region=HOME)


def test_what_was_asked_for_in_the_second_region_is_done_once_it_is_left(
    account: Account, home: Site, second: Site
) -> None:
    """Functions of the home region alone pack an export."""
    token = home.sign_up("alice")
    account.run("infra.deploy", "fail-over", "production", SECOND)
    assert second.request("POST", "/api/mydata/export/", {}, token=token).status == 202
    assert "read them: 1\n" in account.run("infra.deploy", "fail-back", "production")

    def state() -> str:
        return str(home.request("GET", "/api/mydata/export/", token=token).json()["state"])

    until(lambda: state() == "ready", "the export", 60)


@contextmanager
def away(account: Account, home: Site) -> Iterator[None]:
    """The home region's API answers nothing."""
    gateway, where = account.client("apigateway"), {"restApiId": home.hosts["production"].partition(".")[0]}
    stage = gateway.get_stage(**where, stageName="production")
    gateway.delete_stage(**where, stageName="production")
    try:
        yield
    finally:
        gateway.create_stage(**where, stageName="production", deploymentId=stage["deploymentId"])


def store_in_use(account: Account) -> Store:
    """The keys that are used."""
    stack = account.client("cloudformation").describe_stacks(StackName=f"{PROJECT}-production-edge")["Stacks"][0]
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
    return store_of(account, outputs["RegionsStoreArn"])


def test_a_rehearsal_takes_every_step_and_sends_nobody_anywhere(account: Account, second: Site) -> None:
    said = account.run("infra.deploy", "rehearse", "production", SECOND)
    for sentence in (
        "the second region is healthy",
        "all that was written in the region that is left has been passed on",
        "requests go to the second region",
        "this was a rehearsal",
    ):
        assert sentence in said
    assert store_in_use(account).read() == {"region": "home", "writes": "on"}


def test_the_second_region_takes_over_by_itself_and_back_when_nothing_is_missing(
    account: Account, home: Site, second: Site
) -> None:
    store, states = store_in_use(account), second.account.client("stepfunctions")
    machines = states.list_state_machines()["stateMachines"]
    [machine] = [each["stateMachineArn"] for each in machines if each["name"] == f"{PROJECT}-production-failover"]
    token = home.sign_up("alice")
    kept = home.request("POST", "/api/todos/", {"title": "Acknowledged"}, token=token).json()
    with away(account, home):
        second.account.client("lambda").invoke(FunctionName=f"{PROJECT}-production-failover-watch")
        until(lambda: store.read() == {"region": "second", "writes": "on"}, "the fail-over", 90)
        assert second.request("GET", f"/api/todos/{kept['id']}/", token=token).status == 200
        assert second.request("POST", "/api/todos/", {"title": "There"}, token=token).status == 201
    executions = states.list_executions(stateMachineArn=machine)["executions"]
    found = failover.wait_for(states, executions[0]["executionArn"])
    assert found["status"] == "SUCCEEDED", found
    assert [sentence[26:] for sentence in json.loads(found["output"])["said"]] == [
        "the home region does not answer, the second region is healthy",
        "nothing can be written",
        "all that was written in the region that is left has been passed on",
        "requests go to the second region",
        "everything can be written again",
    ]
    assert "to us-east-1 within seconds" in account.run("infra.deploy", "fail-back", "production")
    assert store.read() == {"region": "home", "writes": "on"}


def test_a_veto_stands_until_it_is_lifted(account: Account, second: Site) -> None:
    def value() -> str:
        found = second.account.client("ssm").get_parameter(Name=f"/{PROJECT}/production/failover-veto")
        return str(found["Parameter"]["Value"])

    failover.veto(Alone(SecondRegion(account)), lift=False)
    assert value().startswith("since ")
    account.run("infra.deploy", "veto", "production", SECOND, "--lift")
    assert value() == "none"


@needs_node
def test_a_second_region_that_is_sick_does_not_take_over(account: Account, second: Site) -> None:
    client = second.account.client("apigateway")
    api = second.hosts["production"].partition(".")[0]
    client.delete_stage(restApiId=api, stageName="production")
    before = leads(account)
    with pytest.raises(DeployError, match="does not take over"):
        second_region.lead_to(Alone(SecondRegion(account)))
    assert leads(account) == before


def test_nothing_is_left_of_it_but_the_data_at_home(account: Account, home: Site, second: Site) -> None:
    token = home.sign_up("alice")
    kept = home.request("POST", "/api/todos/", {"title": "Stay"}, token=token).json()
    deployment = account.deployment("production", json.loads(SETTINGS.read_text()))
    account.run("infra.deploy", "remove-second-region", "production")
    there = second.account
    assert there.client("dynamodb").list_tables()["TableNames"] == []
    assert there.client("lambda").list_functions()["Functions"] == []
    kms = there.client("kms")
    states = [kms.describe_key(KeyId=each["KeyId"])["KeyMetadata"]["KeyState"] for each in kms.list_keys()["Keys"]]
    assert states == ["PendingDeletion", "PendingDeletion"]
    assert not [each for each in there.client("s3").list_buckets()["Buckets"] if each["Name"].endswith(CODE)]
    assert deployment.stacks.parameters("data")["SecondSuffix"] == ""
    assert home.request("GET", f"/api/todos/{kept['id']}/", token=token).json() == kept
    assert leads(account)["GET /"] == [home.hosts["production"]]
