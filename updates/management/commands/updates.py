"""`manage.py updates create | publish | rollout | withdraw | list | root | rotate`: docs/updates.md has each."""

from argparse import ArgumentTypeError
from collections.abc import Callable
from pathlib import Path
from typing import Any

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import cdn
from updates import bucket, repository, roots, services
from updates.bucket import Refused
from updates.services import Channel, Offer, Release

_PATHS: dict[str, Any] = {"type": Path, "action": "append", "default": [], "metavar": "FILE"}
_SUCH_AS = {"product": "app", "channel": "stable or beta", "version": "1.4.0 or 1.4.0-beta.1"}

Run = Callable[..., None]


class Command(BaseCommand):
    help = "Publish software updates, whose metadata The Update Framework's clients verify."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(required=True, metavar="COMMAND")

        def add(run: Run, text: str, *required: str, name: str = "") -> Any:
            command = commands.add_parser(name or run.__name__, help=text, description=text)
            command.set_defaults(run=run)
            for option in required:
                command.add_argument(f"--{option}", required=True, help=f"such as {_SUCH_AS[option]}")
            return command.add_argument

        create = add(self.create, "begin a product: its first root, with new keys where there are none", "product")
        create("--root-key", **_PATHS, required=True, help="PEM, to be kept offline; once each")
        create("--threshold", type=int, default=1, help="so many of them sign each later root; 1")
        publish = add(self.publish, "upload files and tell apps; repeat it if it was broken off", *_SUCH_AS)
        publish("--platform", type=_platform, action="append", required=True, metavar="NAME=FILE")
        publish("--notes-file", type=_text, dest="notes", default="", help="what is new, as UTF-8 text")
        publish("--rollout", type=int, default=100, help="of a hundred installations, so many; 100")
        publish("--minimum", help="the oldest version that can update to this one; any if not given")
        publish("--allow-downgrade", action="store_true", help="publish one older than the present")
        rollout = add(self.rollout, "offer the version to more or fewer; renews all signatures", *_SUCH_AS)
        rollout("--percent", type=int, required=True, help="of installations, from 0 to 100")
        add(self.withdraw, "offer again what was offered before this version; who has it keeps it", *_SUCH_AS)
        show = add(self.show, "what each channel offers, or all that one ever offered, newest first", name="list")
        show("--product", default="")
        show("--channel", default="")
        add(self.root, "print the newest root, for apps to embed as root.json", "product")
        rotate = add(self.rotate, "make the next root; repeat it with its --draft where the other keys are", "product")
        rotate("--root-key", **_PATHS, required=True, help="which sign")
        rotate("--add", **_PATHS, help="new ones, made where there is no file; they sign too")
        rotate("--retire", **_PATHS, help="those that go")
        rotate("--threshold", type=int, help="as it was if not given")
        rotate("--draft", type=Path, required=True, metavar="FILE", help="where signatures are gathered")

    def handle(
        self, *args: object, run: Callable[..., None], product: str, channel: str = "", **options: object
    ) -> None:
        try:
            run(Channel(product, channel), **options)
        except (Refused, OSError, Boto3Error, BotoCoreError, ClientError) as error:
            raise CommandError(str(error)) from error

    def create(self, where: Channel, root_key: list[Path], threshold: int, **_: object) -> None:
        services.check_names(where.product)
        roots.create(where.product, root_key, threshold)
        self.stdout.write(f"{where.product} is here. Embed what `updates root --product {where.product}` prints.")

    def publish(self, where: Channel, platform: list[tuple[str, Path]], allow_downgrade: bool, **options: Any) -> None:
        if len(files := dict(platform)) < len(platform):
            raise Refused("A platform is named twice.")
        release = Release(**{name: options[name] for name in Release._fields})
        offer = services.publish(channel=where, release=release, files=files, allow_downgrade=allow_downgrade)
        self.tell(where, offer)

    def rollout(self, where: Channel, version: str, percent: int, **_: object) -> None:
        self.tell(where, services.roll_out(channel=where, version=version, percent=percent))

    def withdraw(self, where: Channel, version: str, **_: object) -> None:
        self.tell(where, services.withdraw(channel=where, version=version))

    def show(self, where: Channel, **_: object) -> None:
        if bool(where.product) != bool(where.channel):
            raise Refused("Name both a product and a channel, or neither.")
        lines = [_line(where, *told) for told in services.history(where)] if where.product else []
        damaged = []
        for product in [] if where.product else bucket.products():
            try:
                targets = repository.read(product).targets
                lines += [_line(each, targets.version, offer) for each, offer in services.offers(targets).items()]
            except Refused as error:
                damaged.append(f"{product} is damaged: {error}")
        self.stdout.write("\n".join(lines or ["Nothing is published." if not damaged else ""]))
        if damaged:
            raise CommandError("\n".join(damaged))

    def root(self, where: Channel, **_: object) -> None:
        self.stdout.write(repository.newest_root(where.product).to_bytes().decode())

    def rotate(
        self,
        where: Channel,
        root_key: list[Path],
        add: list[Path],
        retire: list[Path],
        threshold: int | None,
        draft: Path,
        **_: object,
    ) -> None:
        number, missing = roots.rotate(
            where.product, root_key, add=add, retire=retire, threshold=threshold, draft=draft
        )
        said = f"Root {number} of {where.product} is published. Embed it in the next app."
        if missing:
            said = f"{missing} more signatures are needed: take {draft} to where the other keys are."
        self.stdout.write(said)

    def tell(self, where: Channel, offer: Offer) -> None:
        """Tell CloudFront, then the operator. That CloudFront could not be told is no failure: the time passes."""
        said, when = offer.custom, "within two minutes"
        try:
            if cdn.invalidate([f"/{repository.key(where.product, 'timestamp')}"]):
                when = "as soon as CloudFront has passed it on"
        except (BotoCoreError, ClientError) as error:
            when += f" (CloudFront was not told: {error})"
        what = f"{said['version']}, for {said['rollout']} % of installations"
        self.stdout.write(f"{where} is at {what}. Apps see it {when}.")


def _line(channel: Channel, number: int, offer: Offer) -> str:
    said, platforms = offer.custom, ",".join(offer.files)
    return f"{channel} {said['version']} {said['rollout']} % {said['published_at']} {platforms} #{number}"


def _platform(text: str) -> tuple[str, Path]:
    name, equals, path = text.partition("=")
    if not (name and equals and path):
        raise ArgumentTypeError(f"{text!r} is not like macos=path/App.dmg")
    return name, Path(path)


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip() if path else ""
    except (OSError, ValueError) as error:
        raise ArgumentTypeError(f"{path} can't be read as UTF-8 text: {error}") from None
