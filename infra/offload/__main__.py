"""`python -m infra.offload --help`, or the targets of the Makefile that wrap it."""

import argparse
import sys

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.offload import logs, varnish
from infra.offload.distribution import Offload, Origin
from infra.offload.report import lines_of, report
from infra.offload.rules import rules
from infra.stacks import StackError


def main(arguments: list[str] | None = None) -> int:
    """Run one command; its exit code."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except (StackError, BotoCoreError, ClientError, OSError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted. What AWS has under way goes on; the command can be repeated.", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.offload", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, run, text in (
        ("apply", _apply, "put CloudFront in front of an origin, or bring it up to date"),
        ("preview", _preview, "say what `apply` would change, and change nothing"),
        ("cut-over", _cut_over, "have the domain lead to CloudFront, where its zone is in Route 53"),
        ("undo", _undo, "have the domain lead where it led before; repeated, remove the distribution"),
        ("report", _report, "say from the origin's access log what would be kept and saved"),
        ("varnish", _varnish, "print the same rules as a configuration of Varnish"),
    ):
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        command.add_argument("origin", help="such as https://origin.example.com")
        command.add_argument("--uncached", action="append", default=[], help="paths always passed through; twice")
        command.add_argument("--versioned", action="append", default=[], help="paths of files that never change; once")
        command.add_argument("--moving", action="append", default=[], help="paths kept for a minute; twice")
        command.add_argument("--domain", default="", help="the host name apps know today")
        command.add_argument("--certificate", default="", help="the ARN of its certificate in us-east-1")
        command.add_argument("--zone", default="", help="the id of its Route 53 zone")
        command.add_argument("--shield", default="us-east-1", help="the region of Origin Shield nearest to the origin")
        if run is _report:
            command.add_argument("logs", nargs="+", help="files, gzipped or not; - is standard input")
    return parser


def _paths(options: argparse.Namespace) -> dict[str, str]:
    """The template's parameters for the owner's own patterns. Raises StackError when there are too many."""
    found: dict[str, str] = {}
    for option, names in (
        ("uncached", ("UncachedPath1", "UncachedPath2")),
        ("versioned", ("VersionedPath",)),
        ("moving", ("MovingPath1", "MovingPath2")),
    ):
        given = [path for path in getattr(options, option) if path]
        if len(given) > len(names):
            raise StackError(f"--{option} can be given {len(names)} times at most.")
        found |= dict(zip(names, given, strict=False))
    return found


def _offload(options: argparse.Namespace) -> Offload:
    origin = Origin(
        url=options.origin,
        domain=options.domain.lower(),
        certificate_arn=options.certificate,
        zone=options.zone,
        shield_region=options.shield,
        options=_paths(options),
    )
    return Offload(origin, boto3.Session())


def _preview(options: argparse.Namespace) -> None:
    for line in _offload(options).preview() or ["Nothing would change."]:
        print(line)


def _apply(options: argparse.Namespace) -> None:
    outputs = _offload(options).apply()
    print(f"https://{outputs['DistributionDomain']} serves what {options.origin} serves. Try it, then cut over.")


def _cut_over(options: argparse.Namespace) -> None:
    _offload(options).cut_over()


def _undo(options: argparse.Namespace) -> None:
    if _offload(options).undo():
        print(f"Nothing is in front of {options.origin} any more.")
    else:
        print("Repeat this when nobody is led to CloudFront any more, an hour later, say: it removes the distribution.")


def _report(options: argparse.Namespace) -> None:
    for line in lines_of(report(logs.read(options.logs), rules(_paths(options)))):
        print(line)


def _varnish(options: argparse.Namespace) -> None:
    origin = Origin(url=options.origin)
    port = int(origin.parameters("none")["OriginPort"])
    print(varnish.configuration(rules(_paths(options)), host=origin.host, port=port, secret="try"))  # noqa: S106


if __name__ == "__main__":
    sys.exit(main())
