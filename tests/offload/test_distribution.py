"""`make offload`, its preview, the change of DNS and the way back, on the embedded AWS."""

import secrets
import uuid
from typing import Any
from unittest.mock import Mock

import boto3
import pytest

from infra.offload.__main__ import main
from infra.offload.distribution import CLOUDFRONT_ZONE, REGION, Offload
from infra.stacks import Stacks


class Owner:
    """Somebody with an application and a zone of their own."""

    def __init__(self) -> None:
        code = uuid.uuid4().hex[:8]
        self.session = boto3.Session(region_name=REGION)
        self.domain, self.origin = f"updates.{code}.example", f"https://origin.{code}.example"
        made: Any = self.session.client("route53").create_hosted_zone(Name=f"{code}.example", CallerReference=code)
        self.zone = made["HostedZone"]["Id"].rpartition("/")[2]
        self.stacks = Stacks(self.session.client("cloudformation"), stage=f"origin-{code}-example")

    def run(self, command: str, *arguments: str) -> int:
        """A command with all that is known."""
        return main([command, self.origin, "--domain", self.domain, "--zone", self.zone, *arguments])

    def records(self) -> list[dict[str, Any]]:
        """What stands at the domain."""
        found: Any = self.session.client("route53").list_resource_record_sets(HostedZoneId=self.zone)
        return [each for each in found["ResourceRecordSets"] if each["Name"] == f"{self.domain}."]

    def point(self, kind: str, value: str, name: str = "") -> None:
        """Have the domain lead somewhere, or another name of the zone."""
        record: Any = {"Name": name or self.domain, "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": value}]}
        changes: Any = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
        self.session.client("route53").change_resource_record_sets(HostedZoneId=self.zone, ChangeBatch=changes)

    def point_by_weight(self, *values: str) -> None:
        """Have the domain lead to several machines by turns."""
        for value in values:
            record: Any = {"Name": self.domain, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": value}]}
            record |= {"SetIdentifier": value, "Weight": 1}
            changes: Any = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
            self.session.client("route53").change_resource_record_sets(HostedZoneId=self.zone, ChangeBatch=changes)

    def exists(self) -> bool:
        """Whether anything of it is there."""
        return self.stacks.describe(self.stacks.name("offload")) is not None


@pytest.fixture
def owner() -> Owner:
    return Owner()


def test_a_load_balancer_has_a_long_name(owner: Owner) -> None:
    host = f"the-company-s-updates-{owner.zone[:8].lower()}-1234567890.ap-northeast-1.elb.amazonaws.com"
    try:
        assert main(["apply", f"http://{host}"]) == 0
    finally:
        assert main(["undo", f"http://{host}"]) == 0


@pytest.mark.parametrize(
    ("kind", "value"), [("A", "192.0.2.7"), ("CNAME", "machines.example.net"), ("HTTPS", "1 . ipv4hint=192.0.2.7")]
)
def test_from_a_preview_to_cloudfront_and_back(
    owner: Owner, kind: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    owner.point(kind, value)
    before = owner.records()
    assert owner.run("preview") == 0
    assert "Add Distribution (AWS::CloudFront::Distribution)" in capsys.readouterr().out
    assert not owner.exists()

    assert owner.run("apply", "--uncached", "/private/*") == 0
    assert owner.records() == before
    parameters = owner.stacks.parameters("offload")
    assert (parameters["OriginHost"], parameters["OriginPort"]) == (owner.origin.removeprefix("https://"), "443")
    assert (parameters["UncachedPath1"], parameters["Domain"]) == ("/private/*", owner.domain)

    assert owner.run("cut-over") == owner.run("cut-over") == 0
    target = owner.stacks.outputs("offload")["DistributionDomain"]
    assert {each["Type"]: each["AliasTarget"]["HostedZoneId"] for each in owner.records()} == {
        "A": CLOUDFRONT_ZONE,
        "AAAA": CLOUDFRONT_ZONE,
    }
    assert all(each["AliasTarget"]["DNSName"].rstrip(".") == target for each in owner.records())

    assert owner.run("undo") == 0
    assert owner.records() == before
    assert owner.exists(), "resolvers still lead to it"
    assert "Repeat this" in capsys.readouterr().out

    assert owner.run("undo") == owner.run("undo") == 0
    assert owner.records() == before
    assert not owner.exists()


def test_a_domain_that_led_to_several_machines_by_weight(owner: Owner) -> None:
    owner.point_by_weight("192.0.2.7", "192.0.2.8")
    before = owner.records()
    assert owner.run("apply") == owner.run("cut-over") == 0
    assert [each["Type"] for each in owner.records() if "AliasTarget" in each] == ["A", "AAAA"]
    assert len(owner.records()) == 2
    assert owner.run("undo") == owner.run("undo") == 0
    assert owner.records() == before


def test_the_way_back_leaves_a_record_that_somebody_has_changed_since(
    owner: Owner, capsys: pytest.CaptureFixture[str]
) -> None:
    owner.point("A", "192.0.2.7")
    assert owner.run("apply") == owner.run("cut-over") == 0
    owner.point("A", "192.0.2.99")
    owner.point("AAAA", "2001:db8::99")
    before = owner.records()
    assert owner.run("undo") == 0
    assert "its record stays" in capsys.readouterr().out
    assert owner.run("undo") == 0
    assert owner.records() == before
    assert not owner.exists()


def test_a_part_that_was_led_back_by_hand_is_led_to_cloudfront_again(owner: Owner) -> None:
    owner.point("A", "192.0.2.7")
    assert owner.run("apply") == owner.run("cut-over") == 0
    cut_over = owner.records()
    owner.point("A", "192.0.2.99")
    assert owner.run("cut-over") == 0
    assert owner.records() == cut_over
    assert owner.run("undo") == 0
    assert [each["ResourceRecords"] for each in owner.records()] == [[{"Value": "192.0.2.99"}]]
    assert owner.run("undo") == 0


def test_a_distribution_that_the_domain_was_led_to_by_hand_stays(
    owner: Owner, capsys: pytest.CaptureFixture[str]
) -> None:
    assert owner.run("apply") == 0
    owner.point("CNAME", owner.stacks.outputs("offload")["DistributionDomain"])
    assert owner.run("undo") == 1
    assert "was led to CloudFront by hand" in capsys.readouterr().err
    assert owner.exists()
    owner.point("CNAME", "machines.example.net")
    assert owner.run("undo") == 0
    assert not owner.exists()


def test_an_origin_that_leads_to_the_domain_is_not_asked_through_cloudfront(
    owner: Owner, capsys: pytest.CaptureFixture[str]
) -> None:
    owner.point("A", "192.0.2.7")
    owner.point("CNAME", owner.domain, owner.origin.removeprefix("https://"))
    before = owner.records()
    assert owner.run("apply") == 0
    assert owner.run("cut-over") == 1
    assert "CloudFront would ask itself" in capsys.readouterr().err
    assert owner.records() == before
    assert owner.run("undo") == 0


def test_the_secret_stays_when_it_is_applied_again(owner: Owner) -> None:
    owner.run("apply")
    name = f"/serverless-django/offload/{owner.stacks.stage}/secret"
    ssm = owner.session.client("ssm")
    first = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    owner.run("apply", "--versioned", "/releases/*")
    assert ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"] == first
    assert len(first) >= 32
    owner.run("undo")


def test_of_two_operators_at_once_the_first_one_s_secret_stays(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    make, first, kept = secrets.token_urlsafe, iter([True]), []

    def secret() -> str:
        name = f"/serverless-django/offload/{owner.stacks.stage}/secret"
        found: str = owner.session.client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
        return found

    def make_late(size: int) -> str:
        if next(first, False):
            assert owner.run("apply") == 0
            kept.append(secret())
        return make(size)

    monkeypatch.setattr(secrets, "token_urlsafe", make_late)
    assert owner.run("apply") == 0
    assert kept == [secret()]
    owner.run("undo")


def test_a_domain_leads_to_a_distribution_that_knows_it_and_stays_its_own(
    owner: Owner, capsys: pytest.CaptureFixture[str]
) -> None:
    """CloudFront refuses all others, so nobody is led there by a domain that was left out or mistyped."""
    owner.point("A", "192.0.2.7")
    before = owner.records()
    assert main(["apply", owner.origin]) == 0
    assert owner.run("cut-over") == 1
    assert f"does not know {owner.domain}" in capsys.readouterr().err
    assert owner.records() == before
    assert owner.run("apply") == owner.run("cut-over") == 0
    cut_over = owner.records()
    for command, domain in (("apply", []), ("undo", ["--domain", f"x{owner.domain}", "--zone", owner.zone])):
        assert main([command, owner.origin, *domain]) == 1
        assert f"{owner.domain} leads to CloudFront: name it as DOMAIN" in capsys.readouterr().err
    assert owner.stacks.parameters("offload")["Domain"] == owner.domain
    assert owner.records() == cut_over
    assert owner.run("undo") == 0
    assert owner.records() == before


def test_a_zone_that_the_domain_is_not_in_changes_nothing(owner: Owner, capsys: pytest.CaptureFixture[str]) -> None:
    """What stands there, nothing, would be kept as the domain's own record, and be put back in its place."""
    owner.point("A", "192.0.2.7")
    before, zone, other = owner.records(), owner.zone, Owner()
    assert owner.run("apply") == 0
    owner.zone = other.zone
    for command in ("preview", "apply", "cut-over"):
        assert owner.run(command) == 1
        assert f"which {owner.domain} is not in" in capsys.readouterr().err
    owner.zone = zone
    assert owner.run("undo") == 0
    assert owner.records() == before
    assert not owner.exists()


def test_two_origins_with_a_long_beginning_in_common_don_t_share_a_distribution(
    capsys: pytest.CaptureFixture[str],
) -> None:
    long = f"https://downloads-of-{uuid.uuid4().hex}.example"
    assert main(["apply", f"{long}.com"]) == 0
    for command in ("preview", "apply", "undo"):
        assert main([command, f"{long}.org"]) == 1
        assert f"the name of {long.removeprefix('https://')}.com" in capsys.readouterr().err
    assert main(["undo", f"{long}.com"]) == 0


def test_a_domain_in_capitals_that_led_to_another_distribution(owner: Owner) -> None:
    route53: Any = owner.session.client("route53")
    alias = {"HostedZoneId": CLOUDFRONT_ZONE, "DNSName": "d0.cloudfront.net", "EvaluateTargetHealth": False}
    record = {"Name": owner.domain, "Type": "A", "AliasTarget": alias}
    changes: Any = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
    route53.change_resource_record_sets(HostedZoneId=owner.zone, ChangeBatch=changes)
    before, small = owner.records(), owner.domain
    for command, wanted in (("apply", False), ("cut-over", True), ("undo", False)):
        owner.domain = small.upper()
        assert owner.run(command) == 0
        owner.domain = small
        target = owner.stacks.outputs("offload").get("DistributionDomain")
        assert all(each["AliasTarget"]["DNSName"].rstrip(".") == target for each in owner.records()) == wanted
    assert owner.records() == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["apply", "ftp://origin.example.com"], "no address"),
        (["apply", "https://origin.example.com/files"], "without a path"),
        (["apply", "https://localhost"], "no host name"),
        (["apply", "https://origin.example.com:99999"], "no address"),
        (["apply", "https://[origin"], "no address"),
        (["apply", "http://origin.example.com:81"], "no port 81"),
        (["apply", "https://origin.example.com:1023"], "no port 1023"),
        (["apply", "https://o.example.com", "--domain", "u.example.com"], "needs a certificate"),
        (["apply", "https://u.example.com", "--domain", "u.example.com", "--zone", "Z1"], "ask itself"),
        (["apply", "https://o.example.com", "--uncached", "private"], "no pattern"),
        (["apply", "https://o.example.com", *["--moving", "/x"] * 3], "2 times at most"),
        (["cut-over", "https://never-made.example.com", "--domain", "u.example.com", "--zone", "Z1"], "make offload"),
    ],
)
def test_what_is_wrong_is_said(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 1
    assert says in capsys.readouterr().err


def test_an_interrupt_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(Offload, "apply", Mock(side_effect=KeyboardInterrupt))
    assert main(["apply", "https://origin.example.com"]) == 130
    assert "the command can be repeated" in capsys.readouterr().err
