"""What Zappa has no command for: `python -m infra.deploy --help`, or the targets of the Makefile that wrap it."""

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import click
from zappa.cli import ZappaCLI

from infra.deploy import (
    edge,
    environment,
    failover,
    management,
    preflight,
    regions,
    release,
    removal,
    second_region,
)
from infra.deploy.deployment import FAILURES, DeployError, Deployment
from infra.deploy.package import BUILD_DIR
from infra.lint import SETTINGS
from infra.names import regions_of
from infra.settings_lint import BadSettings, merged, read
from infra.verify import report


def main(arguments: list[str] | None = None) -> int:
    """Run one command; its exit code."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (BadSettings, *FAILURES) as error:
        click.echo(f"Error: {error}", err=True)
        return 1
    except KeyboardInterrupt:
        click.echo("Interrupted. What AWS has under way goes on; the command can be repeated.", err=True)
        return 130  # as shells have it for SIGINT
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.deploy", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(
        name: str,
        run: Callable[[argparse.Namespace], None],
        help_: str,
        *,
        stage: str = "a stage of zappa_settings.json",
    ) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=help_, description=help_)
        command.add_argument("stage", help=stage)
        command.set_defaults(run=run)
        return command

    add("preflight", _preflight, "say what the account lacks for a stage, before anything is made")
    verify = add("verify", _verify, "ask a deployed stage at its addresses whether it does what it is for")
    verify.add_argument("--address", default="", help="where to ask for the site, if not where readers do")
    verify.add_argument("--output", type=Path, help="the file of results; build/verify-STAGE.json if not given")
    add("deploy", _deploy, "put a stage on AWS, or what changed of it")
    canary = add("canary", _canary, "update a stage, but for a part of its calls first")
    canary.add_argument("--percent", type=_percent, default=10, help="of the calls, from 1 to 99; 10 if not given")
    new = "a name not in zappa_settings.json, of small letters and digits"
    clone = add("clone", _clone, "make a complete environment like `production` under another name", stage=new)
    clone.add_argument("--domain", default="", help="its own host name; none if not given")
    clone.add_argument("--no-edge", action="store_true", help="no CloudFront: faster, but without styles and pictures")
    add("remove-clone", _remove_clone, "remove a clone, its data included", stage=new)
    delete = add("delete-data", _delete_data, "delete an undeployed environment's tables, buckets and users for ever")
    delete.add_argument("--yes-delete", metavar="STAGE", default="", help="whose data that are, once more")
    add("releases", _releases, "list the versions a rollback can make live")
    _add_commands_here(add)
    _add_keys(add)
    _add_regions(add)
    return parser


def _add_commands_here(add: Callable[..., argparse.ArgumentParser]) -> None:
    update = add("updates", _updates, "run a command of software updates on this machine, for a stage")
    update.add_argument("--region", default="", help="a second region, while home is away; before the stage")
    update.add_argument("arguments", nargs=argparse.REMAINDER, help="the command's own; --help tells them")
    manage = add("manage", _manage, "run a management command on this machine, with your own rights, for a stage")
    manage.add_argument("arguments", nargs=argparse.REMAINDER, help="the command and its own arguments")


def _add_keys(add: Callable[..., argparse.ArgumentParser]) -> None:
    rotate = add("rotate-key", _rotate_key, "make a new secret key; the next deployment takes it into use")
    rotate.add_argument("--leaked", action="store_true", help="what the former one has signed is no longer good")
    edge_key = add("rotate-edge-key", _rotate_edge_key, "make a new edge key; both are good until --finish")
    edge_key.add_argument("--finish", action="store_true", help="CloudFront sends the new one, after the deployments")


def _add_regions(add: Callable[..., argparse.ArgumentParser]) -> None:
    second = add("second-region", _second_region, "keep a stage in a second region, or bring that up to date")
    second.add_argument("region", nargs="?", default="", help="such as eu-west-1; the one there is if not given")
    over = add("fail-over", _fail_over, "send all readers to a second region, asking the home region nothing")
    over.add_argument("region", help="the second region")
    back = add("fail-back", _fail_back, "send all readers to the home region again, once it lacks nothing")
    back.add_argument("--give-up", action="store_true", help="leave what has not been passed on where it is")
    veto = add("veto", _veto, "have a second region not take over by itself")
    veto.add_argument("region", help="the second region")
    veto.add_argument("--lift", action="store_true", help="have it take over by itself again")
    rehearse = add("rehearse", _rehearse, "take every step of a fail-over, but send nobody anywhere")
    rehearse.add_argument("region", help="the second region")
    add("remove-second-region", _remove_second_region, "have a stage in its home region alone again")


def _percent(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 99:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 1 to 99")
    return int(text)


def _preflight(options: argparse.Namespace) -> None:
    """A line for each thing that was looked at. Raises DeployError when one of them would stop a deployment."""
    found = preflight.findings(_deployment(options.stage))
    for each in found:
        click.echo(each.line())
    if any(each.stops for each in found):
        raise DeployError(f"{options.stage} can't be deployed so.")


def _verify(options: argparse.Namespace) -> None:
    """A line for each check, and a file of all. Raises DeployError when one fails."""
    deployment = _deployed(options.stage)
    found, path = [], options.output or BUILD_DIR / f"verify-{options.stage}.json"
    try:
        for each in report.results(deployment, options.address):
            click.echo(each.line())
            found.append(each)
    finally:  # also where what it made could not be deleted, or it was interrupted
        if found:
            report.write(deployment, found, path)
            click.echo(f"written to {path}")
    if failed := [each.check for each in found if not each.is_fine]:
        raise DeployError(f"{options.stage} fails: {', '.join(failed)}.")


def _deploy(options: argparse.Namespace) -> None:
    _zappa([_command(_deployment(options.stage)), options.stage])


def _canary(options: argparse.Namespace) -> None:
    _zappa(["update", options.stage], canary_percent=options.percent)


def _clone(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = _clone_settings(options.stage, Path(folder), options.domain, edge=not options.no_edge)
        deployment = _deployment(options.stage, json.loads(Path(settings).read_text()))
        _zappa([_command(deployment), options.stage, "-s", settings])
    if options.no_edge:
        click.echo(
            "It has no CloudFront: browsers can't read its styles, pictures and software updates, "
            "and nothing is cached or filtered by the firewall."
        )


def _remove_clone(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = _clone_settings(options.stage, Path(folder))
        deployment = _deployment(options.stage, json.loads(Path(settings).read_text()))
        if release.exists(deployment):
            _zappa(["undeploy", options.stage, "--yes", "-s", settings])
        removal.delete_everything(deployment)


def _delete_data(options: argparse.Namespace) -> None:
    """All data of an environment whose functions are gone, when its name was given twice. Raises DeployError.

    A stage of one service has the data of all, so its own name is not enough.
    """
    environment = options.stage.partition("_")[0]
    if options.yes_delete != environment:
        raise DeployError(f"This deletes all data of {environment} for ever: repeat with --yes-delete {environment}.")
    deployment = _deployment(options.stage)
    if deployment.protected:
        raise DeployError(f"{options.stage} is protected: set `protected` to false in zappa_settings.json first.")
    removal.delete_everything(deployment)


def _rotate_key(options: argparse.Namespace) -> None:
    environment.rotate_key(_deployment(options.stage), leaked=options.leaked)
    click.echo(f"Now deploy {options.stage}: until then, instances that start have the new key, the others the former.")


def _rotate_edge_key(options: argparse.Namespace) -> None:
    deployment = _deployment(options.stage)
    if options.finish:
        edge.finish_key_change(deployment)
        click.echo(
            "CloudFront sends the new edge key. The next deployment ends the last instances that take the former."
        )
    else:
        edge.begin_key_change(deployment)
        click.echo("Now deploy every stage and the second region, then repeat with --finish.")


def _updates(options: argparse.Namespace) -> None:
    stage = _second_deployment(options) if options.region else _deployment(options.stage)
    management.run_updates(stage, options.arguments)


def _manage(options: argparse.Namespace) -> None:
    management.run(_deployed(options.stage), options.arguments)


def _releases(options: argparse.Namespace) -> None:
    deployment = _deployed(options.stage)
    live = release.live_version(deployment)
    for version in release.releases(deployment):
        click.echo(f"{'*' if version == live else ' '} {version}")
    if standing := release.standing_canary(deployment):
        click.echo(standing)


def _second_region(options: argparse.Namespace) -> None:
    home = _deployment(options.stage)
    second = second_region.prepare(home, options.region)
    with tempfile.TemporaryDirectory() as folder:
        _zappa([_command(second), *_second_stage(second, Path(folder))])
    second_region.connect(home, second)
    click.echo(
        f"{options.stage} stands by in {second.region}, and is read there when it can't be at home. "
        "`fail-over` has it written there, too."
    )


def _fail_over(options: argparse.Namespace) -> None:
    second_region.lead_to(_second_deployment(options))


def _fail_back(options: argparse.Namespace) -> None:
    home = _deployment(options.stage)
    second_region.lead_back(home, give_up=options.give_up)


def _veto(options: argparse.Namespace) -> None:
    failover.veto(_second_deployment(options), lift=options.lift)


def _rehearse(options: argparse.Namespace) -> None:
    failover.rehearse(_second_deployment(options))


def _second_deployment(options: argparse.Namespace) -> Deployment:
    """A stage in the second region that is named: the home region may not answer, so it is not asked which that is."""
    home = _settings(options.stage)
    if options.region not in regions_of(boto3.Session().get_partition_for_region(home["aws_region"])):
        raise DeployError(f"{options.region!r} is no region of AWS: name one like eu-west-1 with REGION=...")
    return _deployment(options.stage, {options.stage: regions.settings_in(home, options.region, home["aws_region"])})


def _remove_second_region(options: argparse.Namespace) -> None:
    home = _deployment(options.stage)
    second = regions.second(home)
    second_region.disconnect(home, second)
    with tempfile.TemporaryDirectory() as folder:
        if release.exists(second):
            _zappa(["undeploy", *_second_stage(second, Path(folder)), "--yes"])
    second_region.remove(home, second)


def _second_stage(second: Deployment, folder: Path) -> list[str]:
    """Zappa's arguments for a stage in its second region, with a settings file of its own."""
    path = folder / SETTINGS.name
    path.write_text(json.dumps({second.stage: dict(second.settings)}))
    return [second.stage, "-s", str(path)]


def _clone_settings(name: str, folder: Path, domain: str = "", *, edge: bool = True) -> str:
    """A settings file with one stage more: like `production`, of its own data, which may be deleted."""
    stages = read(SETTINGS)
    if name in {*stages, "local"} or not re.fullmatch("[a-z][a-z0-9]{1,19}", name):
        raise DeployError(f"{name!r} can't be a clone's name: take a new one of 2 to 20 small letters and digits.")
    options = stages["production"].get("deploy", {})
    zone = options.get("hosted_zone_id", "") if domain and edge else ""
    if domain and edge and not zone:
        raise DeployError("A clone's domain needs `hosted_zone_id` in production's settings, or --no-edge.")
    # Certificate and domain are the original's, a clone's alarms go to nobody, and it has no second region.
    own = {
        "protected": False, "domain": domain, "edge": edge, "hosted_zone_id": zone, "certificate_arn": "",
        "alarm_mail": "", "monthly_budget": 0, "replicate_users": False,
    }  # fmt: skip
    stages[name] = {"extends": "production", "deploy": {**options, **own}}
    path = folder / SETTINGS.name
    path.write_text(json.dumps(stages))
    return str(path)


def _command(deployment: Deployment) -> str:
    """`update` of what is there as a whole, else `deploy`. An error is never taken for `not there`."""
    return "update" if release.exists(deployment) and deployment.api_id() else "deploy"


def _zappa(arguments: list[str], **attributes: object) -> None:
    """Run a Zappa command in this process."""
    cli = ZappaCLI()
    for name, value in attributes.items():
        setattr(cli, name, value)
    try:
        cli.handle(arguments)
    except SystemExit as end:
        if end.code:
            raise DeployError(f"`zappa {' '.join(arguments)}` failed.") from None
    finally:
        cli.on_exit()


def _settings(stage: str, stages: dict[str, Any] | None = None) -> dict[str, Any]:
    """A stage's settings among these, or those of the project. Raises DeployError when there is none of the name."""
    stages = stages or read(SETTINGS)
    if stage not in stages:
        raise DeployError(f"There is no stage {stage!r}: there are {', '.join(stages)}.")
    return merged(stages, stage)


def _deployment(stage: str, stages: dict[str, Any] | None = None) -> Deployment:
    settings = _settings(stage, stages)
    deployment = Deployment(stage, settings, boto3.Session(region_name=settings["aws_region"]))
    deployment.check_access()
    return deployment


def _deployed(stage: str) -> Deployment:
    """A stage that has a function. Raises DeployError."""
    deployment = _deployment(stage)
    release.check_exists(deployment)
    return deployment


if __name__ == "__main__":
    sys.exit(main())
