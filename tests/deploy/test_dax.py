"""A whole stage that reads public posts by DAX: packed with its library, in its cluster's network, and out of it again.

No emulator has a cluster: the strict embedded AWS keeps one that answers nobody, as a cluster that is down.
"""

import re
from typing import Any

import pytest

from infra.deploy import dax
from tests.deploy.account import Account
from tests.deploy.site import Site, function
from tests.infra.copies import ROOT, Copy
from tests.waiting import until

pytestmark = [pytest.mark.prove, pytest.mark.timeout(900)]
POST = {"title": "Read by DAX", "body": "*Text*", "published_at": "2026-01-02T03:04:05Z"}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """The project as docs/deploy.md has it done: the library is pinned, the stage asks for a cluster."""
    copy = Copy(tmp_path_factory.mktemp("dax") / "project")
    pinned = (ROOT / "requirements-dev.txt").read_text()
    blocks = re.findall(r"^(?:amazon-dax-client|antlr4-python3-runtime)==(?:.*\\\n)*.*\n", pinned, re.MULTILINE)
    assert len(blocks) == 2
    (copy.folder / "requirements.txt").write_text((ROOT / "requirements.txt").read_text() + "".join(blocks))
    copy.set_option("dax", "dax.t3.small")
    return copy


def configuration(account: Account) -> Any:
    """Of the version that answers."""
    client = account.client("lambda")
    return client.get_function_configuration(FunctionName=function("production"), Qualifier="live")


def reads_a_post(account: Account) -> None:
    site = Site(account)
    token = site.sign_up("pia", "publishers")
    made = site.request("POST", "/api/blog/posts/", POST, token=token)
    assert made.status == 201, made.data
    for _ in range(3):
        read = site.request("GET", f"/api/blog/posts/{made.json()['slug']}/")
        assert (read.status, read.json()["title"]) == (200, POST["title"])


def test_a_stage_is_deployed_with_its_cluster_and_serves_while_that_is_down(account: Account, copy: Copy) -> None:
    copy.run("-m", "zappa.cli", "deploy", "production", **account.environment)
    found = configuration(account)
    assert found["Environment"]["Variables"]["DAX_ENDPOINT"].startswith("dax")
    assert len(found["VpcConfig"]["SubnetIds"]) == 2
    assert len(found["VpcConfig"]["SecurityGroupIds"]) == 1
    libraries = next((copy.folder / "build").glob("libraries-*"))
    assert (libraries / "amazondax").is_dir()
    reads_a_post(account)
    logs, group = account.client("logs"), f"/aws/lambda/{function('production')}"
    until(lambda: "DAX does not answer" in str(logs.filter_log_events(logGroupName=group)["events"]), "the warning")


def test_it_goes_on_without_one(account: Account, copy: Copy) -> None:
    copy.set_option("dax", "")
    copy.run("-m", "zappa.cli", "update", "production", **account.environment)
    found = configuration(account)
    assert not found["Environment"]["Variables"].get("DAX_ENDPOINT")
    assert not found.get("VpcConfig", {}).get("SubnetIds")
    stacks = account.client("cloudformation").list_stacks()["StackSummaries"]
    left = {each["StackName"]: each["StackStatus"] for each in stacks if dax.TEMPLATE in each["StackName"]}
    assert set(left.values()) <= {"DELETE_COMPLETE"}, left
    reads_a_post(account)
