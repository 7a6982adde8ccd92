"""CloudFront's function chooses the region of each request, and refuses writes while the site moves."""

import json
import re

import pytest

from infra.deploy.edge import nearer
from infra.lint import INFRA_DIR, load
from tests.deploy.edge_function import NODE, VIEWER, in_template, run

pytestmark = pytest.mark.skipif(NODE is None, reason="There is no Node.js here to run CloudFront's function.")
ALONE, BOTH = in_template(has_second=False), in_template(has_second=True)
CONFIG = load(INFRA_DIR / "edge.yaml")["Resources"]["Distribution"]["Properties"]["DistributionConfig"]
READS, WRITES = ("GET", "HEAD", "OPTIONS"), ("POST", "PUT", "PATCH", "DELETE")
PATHS = {
    "/": ("home-reads", "second-api"),
    "/api/todos/x/": ("home-reads", "second-api"),
    "/static/app.1a2b.js": ("static", "second-static"),
    "/pictures/blog/1/640.webp": ("pictures", "second-pictures"),
    "/updates/metadata/app/timestamp.json": ("updates", "second-updates"),
    # No folders of a bucket: the behaviors for these paths are the API's.
    "/pictures/admin/": ("home-reads", "second-api"),
    "/statics/": ("home-reads", "second-api"),
}


def test_a_site_of_one_region_reads_no_key_and_changes_no_origin() -> None:
    for chosen in run(
        ALONE, *[(method, path) for method in (*READS, *WRITES) for path in PATHS], keys={"region": "second"}
    ):
        assert chosen.calls == []
        assert "statusCode" not in chosen.result


@pytest.mark.parametrize("code", [ALONE, BOTH], ids=["one region", "two"])
def test_the_readers_address_is_cloudfronts_whatever_the_reader_says(code: str) -> None:
    [chosen] = run(code, ("GET", "/"), headers={"x-viewer-address": "203.0.113.9"})
    assert chosen.result["headers"]["x-viewer-address"] == {"value": VIEWER}


@pytest.mark.parametrize("code", [ALONE, BOTH], ids=["one region", "two"])
def test_a_picture_is_found_under_its_key_and_nothing_else_is_renamed(code: str) -> None:
    picture, *others = run(code, *[("GET", path) for path in ("/pictures/blog/1/a.webp", "/pictures/admin/", "/x/")])
    assert picture.result["uri"] == "/blog/1/a.webp"
    assert [other.result["uri"] for other in others] == ["/pictures/admin/", "/x/"]


@pytest.mark.parametrize("keys", [{}, {"region": "home"}, {"region": "home", "writes": "on"}], ids=str)
def test_at_home_reads_may_be_answered_by_either_and_writes_by_home_alone(keys: dict[str, str]) -> None:
    for path, origins in PATHS.items():
        for chosen in run(BOTH, *[(method, path) for method in READS], keys=keys):
            assert chosen.origins == list(origins), path
        for chosen in run(BOTH, *[(method, path) for method in WRITES], keys=keys):
            assert chosen.origins == [], path


NEARBY = {
    "/api/blog/posts/": ["second-api", "home-reads"],
    "/api/blog/tags/": ["second-api", "home-reads"],
    "/static/app.1a2b.js": ["second-static", "static"],
    "/pictures/blog/1/640.webp": ["second-pictures", "pictures"],
    # Pages are kept for an hour, software's timestamp is the newest there is, and the rest is somebody's.
    "/": ["home-reads", "second-api"],
    "/updates/metadata/app/timestamp.json": ["updates", "second-updates"],
    "/api/todos/": ["home-reads", "second-api"],
    "/api/blog/drafts/": ["home-reads", "second-api"],
}


def test_readers_near_the_second_region_are_served_there() -> None:
    code, reads = in_template(has_second=True, near_second="eu-"), [("GET", path) for path in NEARBY]
    near = run(code, *reads, region="eu-west-3")
    assert [chosen.origins for chosen in near] == list(NEARBY.values())
    codes = [chosen.calls[-1][1]["failoverCriteria"]["statusCodes"] for chosen in near]
    assert [404 in each for each in codes] == [origins[0].startswith("second-") for origins in NEARBY.values()]
    at_home = [sorted(origins, key=lambda each: each.startswith("second-")) for origins in NEARBY.values()]
    signed_in = {"authorization": "Bearer x"}
    assert [chosen.origins for chosen in run(code, *reads, region="us-west-2")] == at_home
    assert [chosen.origins for chosen in run(code, *reads, region="eu-west-3", headers=signed_in)] == at_home
    writes = [("POST", path) for path in NEARBY]
    assert {tuple(chosen.origins) for chosen in run(code, *writes, region="eu-west-3")} == {()}
    [moved] = run(code, ("GET", "/api/blog/posts/"), region="eu-west-3", keys={"region": "second"})
    assert moved.origins == ["second-api"]


@pytest.mark.parametrize(
    ("home", "second", "beginning"),
    [
        ("us-east-1", "eu-west-1", "eu-"),
        ("us-east-1", "us-west-2", "us-west-"),
        ("eu-west-1", "eu-west-2", "eu-west-2"),
        ("ap-southeast-2", "ap-northeast-1", "ap-northeast-"),
    ],
)
def test_nearer_is_the_same_continent_side_or_place(home: str, second: str, beginning: str) -> None:
    assert nearer(home, second) == beginning


def test_a_group_passes_on_what_a_dead_region_answers() -> None:
    [chosen] = run(BOTH, ("GET", "/"))
    [group] = [value for name, value in chosen.calls if name == "group"]
    assert group["failoverCriteria"] == {"statusCodes": [500, 502, 503, 504]}


def test_one_key_sends_everything_to_the_second_region() -> None:
    for path, (_, second) in PATHS.items():
        for chosen in run(BOTH, *[(method, path) for method in (*READS, *WRITES)], keys={"region": "second"}):
            assert chosen.origins == [second], path


def test_frozen_writes_are_told_to_come_again_and_reads_go_on() -> None:
    for region in ("home", "second"):
        for chosen in run(
            BOTH, *[(method, "/api/todos/") for method in WRITES], keys={"region": region, "writes": "off"}
        ):
            assert chosen.result["statusCode"] == 503
            assert int(chosen.result["headers"]["retry-after"]["value"]) > 0
            assert chosen.result["headers"]["cache-control"] == {"value": "no-store"}
            assert chosen.result["headers"]["access-control-allow-origin"] == {"value": "*"}
            assert json.loads(chosen.result["body"])["status"] == 503
        for chosen in run(BOTH, *[(method, "/") for method in READS], keys={"region": region, "writes": "off"}):
            assert "statusCode" not in chosen.result
            assert chosen.origins


def test_a_read_costs_one_key() -> None:
    assert run(BOTH, ("GET", "/"))[0].keys == ["region"]


def test_every_behavior_asks_it_and_has_one_origin() -> None:
    # The WebSocket is in the home region alone: while that is away, pages ask.
    rest = [each for each in CONFIG["CacheBehaviors"] if not each["TargetOriginId"].endswith("-socket")]
    behaviors = [CONFIG["DefaultCacheBehavior"], *rest]
    assert "OriginGroups" not in CONFIG
    for behavior in behaviors:
        [association] = behavior["FunctionAssociations"]
        assert association["EventType"] == "viewer-request"
        assert association["FunctionARN"] == {"Fn::GetAtt": "ChooseOrigin.FunctionMetadata.FunctionARN"}


def test_every_origin_it_names_is_there_with_the_second_region() -> None:
    origins = [each["Fn::If"][1] if "Fn::If" in each else each for each in CONFIG["Origins"]]
    ids = {each["Id"] for each in origins}
    assert {origin for pair in PATHS.values() for origin in pair} <= ids
    assert {each["TargetOriginId"] for each in CONFIG["CacheBehaviors"]} <= ids


def test_no_origin_is_waited_for_long() -> None:
    """A dead region answers nobody: one try of three seconds, and five for what is only read."""
    origins = [each["Fn::If"][1] if "Fn::If" in each else each for each in CONFIG["Origins"]]
    for origin in origins:
        assert (origin["ConnectionAttempts"], origin["ConnectionTimeout"]) == (1, 3), origin["Id"]
    waits = {
        each["Id"]: (each.get("CustomOriginConfig") or each["S3OriginConfig"])["OriginReadTimeout"] for each in origins
    }
    assert {waits[name] for name in ("home-reads", "static", "pictures", "updates")} == {5}


def test_it_is_what_cloudfront_takes() -> None:
    """10 KB, and no syntax that its runtime lacks."""
    assert len(BOTH.encode()) < 10_240
    assert BOTH.startswith("import cf from 'cloudfront';")
    assert not re.search(r"for \(.* of |\?\.|\?\?|\bclass\b|\brequire\(", BOTH)
