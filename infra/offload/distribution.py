"""Make, show, cut over to and remove the distribution of infra/offload.yaml."""

import json
import re
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import boto3

from infra.offload.rules import OPTIONAL, TEMPLATE
from infra.settings_lint import HOST
from infra.stacks import PROJECT, StackError, Stacks
from infra.zones import led_to, records, why_not_in

REGION = "us-east-1"
CLOUDFRONT_ZONE = "Z2FDTNDATAQYW2"  # the same for every distribution
# https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CustomOriginConfig.html
_PORTS, _FREE_PORTS = (80, 443), 1024


@dataclass(frozen=True)
class Origin:
    """The application. `domain`, `certificate_arn` and `zone` may be empty; `options` are those of rules.OPTIONAL."""

    url: str
    domain: str = ""
    certificate_arn: str = ""
    zone: str = ""
    shield_region: str = REGION
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        """Its host name. Raises StackError for what is no address."""
        try:
            url = urlsplit(self.url)
            is_plain = url.port != 0 and not (url.path.strip("/") or url.query or "@" in url.netloc)
        except ValueError:
            is_plain = False
        if not is_plain or url.scheme not in {"https", "http"}:
            raise StackError(f"{self.url!r} is no address like https://updates.example.com, without a path.")
        if url.port and url.port not in _PORTS and url.port < _FREE_PORTS:
            raise StackError(f"CloudFront asks no port {url.port}: only 80, 443 and those from 1024.")
        return _host(url.hostname or "")

    @property
    def name(self) -> str:
        """What its stack and policies are named after."""
        return re.sub(r"[^a-z0-9]+", "-", self.host)[:40].strip("-")

    def parameters(self, secret: str) -> dict[str, str]:
        """All of the template. Raises StackError."""
        host, url = self.host, urlsplit(self.url)
        if self.domain and not (self.certificate_arn or self.zone):
            raise StackError(f"{self.domain} needs a certificate: name CERTIFICATE, or ZONE to have one made.")
        if self.domain and _host(self.domain) == host:
            raise StackError(f"CloudFront would ask itself: give the machines behind {self.domain} a second name.")
        paths = {name: self.options.get(name, "") for name in OPTIONAL}
        for path in filter(None, paths.values()):
            if not path.startswith(("/", "*")):
                raise StackError(f"{path!r} is no pattern of a path like /releases/*.")
        return {
            "Name": f"{PROJECT}-{self.name}",
            "OriginHost": host,
            "OriginProtocol": f"{url.scheme}-only",
            "OriginPort": str(url.port or {"https": 443, "http": 80}[url.scheme]),
            "OriginSecret": secret,
            "ShieldRegion": self.shield_region,
            "Domain": self.domain,
            "CertificateArn": self.certificate_arn,
            "HostedZoneId": self.zone,
            **paths,
        }


class Offload:
    """The stack of one origin in us-east-1, its secret, and the DNS record it took over."""

    def __init__(self, origin: Origin, session: boto3.Session, *, say: Callable[[str], None] = print) -> None:
        self.origin = origin
        self.session = session
        self.say = say
        self.stacks = Stacks(session.client("cloudformation", region_name=REGION), stage=origin.name, say=say)
        self._ssm = session.client("ssm", region_name=REGION)
        self._secret_name = f"/{PROJECT}/offload/{origin.name}/secret"
        self._record_name = f"/{PROJECT}/offload/{origin.name}/records"

    def preview(self) -> list[str]:
        """What `apply` would change, one resource a line; nothing is changed. Raises StackError."""
        self._check_domain()
        parameters = self._parameters("preview-" + "0" * 32)
        if (now := self._parameter(self._secret_name)) is not None:
            parameters["OriginSecret"] = now
        return list(self.stacks.preview(TEMPLATE, **parameters))

    def apply(self) -> dict[str, str]:
        """Make the distribution, or bring it up to date; the template's outputs. Raises StackError."""
        self._check_domain()
        parameters = self._parameters("")
        # Of two operators at once, the first one's: the origin is told the one that is kept.
        with suppress(self._ssm.exceptions.ParameterAlreadyExists):
            self._put(self._secret_name, secrets.token_urlsafe(36), over=False)
        parameters["OriginSecret"] = str(self._parameter(self._secret_name))
        return self.stacks.apply(TEMPLATE, **parameters)

    def cut_over(self) -> None:
        """Have the domain lead to CloudFront, which knows it, and keep the record it had. Raises StackError."""
        target = self.stacks.outputs(TEMPLATE).get("DistributionDomain")
        if not target:
            raise StackError(f"There is no distribution for {self.origin.url} yet: `make offload` first.")
        self._check_zone()
        if self._domain() != self.origin.domain:
            raise StackError(f"The distribution does not know {self.origin.domain}: `make offload` with it first.")
        alias = {"HostedZoneId": CLOUDFRONT_ZONE, "DNSName": target, "EvaluateTargetHealth": False}
        wanted = [{"Name": f"{self.origin.domain}.", "Type": kind, "AliasTarget": alias} for kind in ("A", "AAAA")]
        if self.origin.domain in led_to(self._records(self.origin.host)):
            raise StackError(
                f"CloudFront would ask itself: {self.origin.host} leads to {self.origin.domain}. "
                "Give it a record like the one that has."
            )
        now = self._records(self.origin.domain)
        # Somebody may have led a part of the readers there by hand.
        former = [each for each in now if target not in led_to([each])]
        if now and not former:
            self.say(f"{self.origin.domain} leads to CloudFront already.")
            return
        self._put(self._record_name, json.dumps(former))
        self._change(now, wanted)

    def undo(self) -> bool:
        """Give the domain its former record, or, where that is done, delete the distribution; whether it is deleted.

        These are two calls as resolvers lead there for a while after the change, and long downloads go on. A record
        that leads elsewhere by now is left alone. Raises StackError.
        """
        former = self._parameter(self._record_name)
        self._check_domain()
        target = self.stacks.outputs(TEMPLATE).get("DistributionDomain")
        if former is not None:
            self._check_zone()
            now = self._records(self.origin.domain)
            if target is None or target in led_to(now):
                self._change(now, json.loads(former))
            else:
                self.say(f"{self.origin.domain} does not lead to CloudFront any more: its record stays")
            self._ssm.delete_parameter(Name=self._record_name)
            return False
        if self.origin.domain and self.origin.zone and target in led_to(self._records(self.origin.domain)):
            raise StackError(f"{self.origin.domain} was led to CloudFront by hand: change its record by hand first.")
        self.stacks.delete(TEMPLATE)
        if self._parameter(self._secret_name) is not None:
            self._ssm.delete_parameter(Name=self._secret_name)
        return True

    def _records(self, name: str) -> list[dict[str, Any]]:
        return records(self.session.client("route53"), self.origin.zone, name)

    def _change(self, now: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> None:
        """Put these records in the place of those, in one change."""
        taken = {_place(each) for each in wanted}
        gone = [each for each in now if _place(each) not in taken]
        changes = [{"Action": "DELETE", "ResourceRecordSet": each} for each in gone]
        changes += [{"Action": "UPSERT", "ResourceRecordSet": each} for each in wanted]
        if not changes:
            return
        route53: Any = self.session.client("route53")
        route53.change_resource_record_sets(HostedZoneId=self.origin.zone, ChangeBatch={"Changes": changes})
        self.say(f"changed the DNS record of {self.origin.domain}; resolvers know within its time to live")

    def _domain(self) -> str:
        """The domain the distribution knows; empty when it knows none, or is not there.

        Raises StackError when it is another origin's, of which names have the same first 40 characters.
        """
        now = self.stacks.parameters(TEMPLATE)
        if (other := now.get("OriginHost", self.origin.host)) != self.origin.host:
            raise StackError(f"The distribution has the name of {other}: give the machines a shorter second name.")
        return now.get("Domain", "").lower()

    def _check_domain(self) -> None:
        """Raise StackError for another domain than the one that leads to the distribution, if one does."""
        known = self._domain()
        if known not in {"", self.origin.domain} and self._parameter(self._record_name) is not None:
            raise StackError(f"{known} leads to CloudFront: name it as DOMAIN, or undo that first.")

    def _check_zone(self) -> None:
        """Raise StackError for a zone that the domain is not in: the record there would be taken for the domain's."""
        if not self.origin.domain or not self.origin.zone:
            raise StackError("Name DOMAIN and ZONE, the id of its Route 53 zone; elsewhere change the record by hand.")
        if problem := why_not_in(self.session.client("route53"), self.origin.zone, self.origin.domain):
            raise StackError(problem)

    def _parameters(self, secret: str) -> dict[str, str]:
        """The template's. Raises StackError, too, for a zone where a certificate would wait for hours to be proved."""
        parameters = self.origin.parameters(secret)
        if self.origin.domain and self.origin.zone:
            self._check_zone()
        return parameters

    def _parameter(self, name: str) -> str | None:
        try:
            return str(self._ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])
        except self._ssm.exceptions.ParameterNotFound:
            return None

    def _put(self, name: str, value: str, *, over: bool = True) -> None:
        self._ssm.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=over)


def _place(record: Mapping[str, Any]) -> tuple[str, str]:
    """What tells a record from others of its name: its type and, of one with a routing policy, its identifier."""
    return record["Type"], record.get("SetIdentifier", "")


def _host(name: str) -> str:
    if not HOST.fullmatch(name.lower()):
        raise StackError(f"{name!r} is no host name.")
    return name.lower()
