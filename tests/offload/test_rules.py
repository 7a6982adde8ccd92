"""Which path is kept for how long, and what CloudFront is told."""

import json

import pytest

from infra.lint import CACHE_NEVER, INFRA_DIR, load, resolved
from infra.offload.rules import OPTIONAL, rule_of, rules

YEAR, MINUTE = 31536000, 60
TEMPLATE = load(INFRA_DIR / "offload.yaml")
CONFIG = TEMPLATE["Resources"]["Distribution"]["Properties"]["DistributionConfig"]
BEHAVIORS = [each["Fn::If"][1] if "Fn::If" in each else each for each in CONFIG["CacheBehaviors"]]


@pytest.mark.parametrize(
    ("path", "seconds"),
    [
        ("/App-1.4.0.dmg", YEAR),
        ("/1.4.0/App.exe", YEAR),
        ("/pool/app_1.4.0-1_amd64.deb", YEAR),
        ("/App-1.4.0.tar.gz", YEAR),
        ("/App.dmg", MINUTE),
        ("/App-1.4.dmg", MINUTE),
        ("/latest/App.msi", MINUTE),
        ("/", 0),
        ("/api/v1.2.3/check", 0),
        ("/appcast.xml", 0),
        ("/App.dmg/status", 0),
        ("/App-1.4.0.DMG", 0),  # CloudFront's patterns know capital letters
    ],
)
def test_a_path_is_kept_as_long_as_its_name_says(path: str, seconds: int) -> None:
    assert rule_of(path, rules({})).seconds == seconds


def test_the_owner_s_patterns_go_first() -> None:
    chosen = rules({"UncachedPath1": "/private/*", "VersionedPath": "/releases/*", "MovingPath1": "/appcast.xml"})
    found = [
        rule_of(path, chosen).seconds for path in ("/private/a-1.0.0.dmg", "/releases/x", "/appcast.xml", "/App.dmg")
    ]
    assert found == [0, YEAR, MINUTE, MINUTE]


def test_a_bracket_in_a_pattern_is_one_in_a_path() -> None:
    chosen = rules({"VersionedPath": "/[a]/*"})
    assert rule_of("/[a]/x", chosen).seconds == YEAR
    assert rule_of("/a/x", chosen).seconds == 0


def test_every_account_takes_so_many_behaviors() -> None:
    """25 is the quota of old accounts."""
    assert len(BEHAVIORS) == 25
    assert len([each for each in BEHAVIORS if isinstance(each["PathPattern"], dict)]) == len(OPTIONAL)


def test_what_is_not_kept_comes_through_as_it_is() -> None:
    passed = [each for each in [*BEHAVIORS, CONFIG["DefaultCacheBehavior"]] if _policy(each) == CACHE_NEVER]
    assert len(passed) == 3
    for each in passed:
        with_domain, without = each["OriginRequestPolicyId"]["Fn::If"][1:]
        assert resolved(TEMPLATE, with_domain) == "216adef6-5c7f-47e4-b989-5492eafa07d3"  # everything, Host too
        assert resolved(TEMPLATE, without) == "b689b0a8-53d0-40ab-baf2-68738e2966ac"  # Host is the origin's own name
        assert len(each["AllowedMethods"]) == 7


def test_files_are_one_copy_for_everyone_byte_for_byte() -> None:
    for each in (each for each in BEHAVIORS if _policy(each) != CACHE_NEVER):
        assert each["Compress"] is False
        key = TEMPLATE["Resources"][each["CachePolicyId"]["Ref"]]["Properties"]["CachePolicyConfig"][
            "ParametersInCacheKeyAndForwardedToOrigin"
        ]
        assert not key["EnableAcceptEncodingGzip"]
        assert not key["EnableAcceptEncodingBrotli"]
        assert key["QueryStringsConfig"] == {"QueryStringBehavior": "all"}
        assert key["CookiesConfig"] == {"CookieBehavior": "none"}


def test_the_origin_is_asked_over_one_shield_and_can_tell() -> None:
    [origin] = CONFIG["Origins"]
    assert origin["OriginShield"]["Enabled"] is True
    assert origin["OriginCustomHeaders"] == [{"HeaderName": "X-Origin-Secret", "HeaderValue": {"Ref": "OriginSecret"}}]
    assert origin["CustomOriginConfig"]["OriginSSLProtocols"] == ["TLSv1.2"]
    assert TEMPLATE["Parameters"]["OriginSecret"]["NoEcho"] is True
    assert "TLSv1.2_2021" in json.dumps(CONFIG["ViewerCertificate"])


def test_no_error_is_kept_for_others() -> None:
    assert {each["ErrorCachingMinTTL"] for each in CONFIG["CustomErrorResponses"]} == {0}
    assert {404, 500, 502, 503, 504} <= {each["ErrorCode"] for each in CONFIG["CustomErrorResponses"]}


def _policy(behavior: dict[str, object]) -> object:
    return resolved(TEMPLATE, behavior["CachePolicyId"])
