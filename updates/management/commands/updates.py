"""`manage.py updates create | publish | rollout | withdraw | list | root | rotate`: docs/updates.md has each."""

from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from config import cdn
from updates import bucket, keys, repository, roots, services
from updates.errors import Refused
from updates.offers import Channel, Offer, channels_in, offer_in


class Command(BaseCommand):
    help = "Publish software updates, whose metadata The Update Framework's clients verify."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(required=True, metavar="COMMAND")

        def add(name: str, run: Any, text: str) -> CommandParser:
            command: CommandParser = commands.add_parser(name, help=text, description=text)
            command.set_defaults(run=run)
            is_list = name == "list"
            command.add_argument("--product", required=not is_list, default="", help="such as app")
            if name in {"publish", "rollout", "withdraw", "list"}:
                command.add_argument("--channel", required=not is_list, default="", help="such as stable or beta")
            if name in {"publish", "rollout", "withdraw"}:
                command.add_argument("--version", required=True, help="such as 1.4.0 or 1.4.0-beta.1")
            return command

        def root_keys(command: CommandParser, option: str, text: str, *, required: bool = False) -> None:
            command.add_argument(
                option, type=Path, action="append", required=required, default=[], metavar="FILE", help=text
            )

        create = add(
            "create", self.create, "begin a product: its first root, with root's keys where there are none yet"
        )
        root_keys(create, "--root-key", "PEM, to be kept offline; once each", required=True)
        create.add_argument("--threshold", type=int, default=1, help="so many of them sign each later root; 1")
        publish = add("publish", self.publish, "upload a version's files and tell apps; repeat it if it was broken off")
        publish.add_argument("--platform", type=_platform, action="append", required=True, metavar="NAME=FILE")
        publish.add_argument("--notes-file", type=Path, help="what is new, as UTF-8 text; none if not given")
        publish.add_argument("--rollout", type=int, default=100, help="of a hundred installations, so many; 100")
        publish.add_argument("--minimum", help="the oldest version that can update to this one; any if not given")
        publish.add_argument("--allow-downgrade", action="store_true", help="publish one older than the present")
        rollout = add("rollout", self.rollout, "offer the present version to more or fewer; renews all signatures")
        rollout.add_argument("--percent", type=int, required=True, help="of installations, from 0 to 100")
        add("withdraw", self.withdraw, "offer again what was offered before this version; who has it keeps it")
        add("list", self.show, "what apps are told on each channel, or all they were ever told on one, newest first")
        add("root", self.root, "print the newest root, for apps to embed as root.json")
        rotate = add("rotate", self.rotate, "make the next root; repeat it with its --draft where the other keys are")
        root_keys(rotate, "--root-key", "which sign", required=True)
        root_keys(rotate, "--add", "new ones, made where there is no file; they sign too")
        root_keys(rotate, "--retire", "those that go")
        rotate.add_argument("--threshold", type=int, help="as it was if not given")
        rotate.add_argument("--draft", type=Path, required=True, metavar="FILE", help="where signatures are gathered")

    def handle(self, *args: Any, run: Any, **options: Any) -> None:
        try:
            run(**options)
        except (Refused, OSError, Boto3Error, BotoCoreError, ClientError) as error:
            raise CommandError(str(error)) from error

    def create(self, product: str, root_key: list[Path], threshold: int, **_: Any) -> None:
        services.check_names(product)
        repository.create(product, roots.first(keys.offline(root_key, make=True), threshold))
        self.stdout.write(f"{product} is here. Embed what `updates root --product {product}` prints.")

    def publish(self, product: str, channel: str, platform: list[tuple[str, Path]], **options: Any) -> None:
        platforms = dict(platform)
        if len(platforms) < len(platform):
            raise Refused("A platform is named twice.")
        release = services.Release(
            version=options["version"],
            platforms=platforms,
            notes=_text(options["notes_file"]),
            rollout=options["rollout"],
            minimum=options["minimum"],
        )
        where, downgrade = Channel(product, channel), options["allow_downgrade"]
        offer, is_news = services.publish(channel=where, release=release, allow_downgrade=downgrade, progress=_bar)
        if not is_news:
            self.stdout.write("It is published already, just so.")
        self.tell(where, offer)

    def rollout(self, product: str, channel: str, version: str, percent: int, **_: Any) -> None:
        where = Channel(product, channel)
        self.tell(where, services.roll_out(channel=where, version=version, percent=percent))

    def withdraw(self, product: str, channel: str, version: str, **_: Any) -> None:
        where = Channel(product, channel)
        self.tell(where, services.withdraw(channel=where, version=version))

    def show(self, product: str, channel: str, **_: Any) -> None:
        if bool(product) != bool(channel):
            raise CommandError("Name both a product and a channel, or neither.")
        if product:
            where = Channel(product, channel)
            lines = [_line(where, number, offer) for number, offer in services.history(where)]
        else:
            found = [repository.read(each).targets.signed for each in bucket.products()]
            told = [(where, each.version, offer_in(each, where)) for each in found for where in channels_in(each)]
            lines = [_line(where, number, offer) for where, number, offer in told if offer]
        self.stdout.write("\n".join(lines or ["Nothing is published."]))

    def root(self, product: str, **_: Any) -> None:
        self.stdout.write(repository.newest_root(product).to_bytes().decode())

    def rotate(self, product: str, root_key: list[Path], draft: Path, **options: Any) -> None:
        state, new = repository.read(product), keys.offline(options["add"], make=True)
        if draft.exists():
            root = roots.read_draft(draft)
        else:
            retire = keys.offline(options["retire"])
            root = roots.following(product, add=new, retire=retire, threshold=options["threshold"])
        if missing := roots.sign_and_publish(product, root, [*keys.offline(root_key), *new], draft):
            self.stdout.write(f"{missing} more signatures are needed: take {draft} to where the other keys are.")
            return
        repository.commit(state, state.targets.signed)  # by the present online keys, for another year
        draft.unlink(missing_ok=True)
        self.stdout.write(f"Root {root.signed.version} of {product} is published. Embed it in the next app.")

    def tell(self, channel: Channel, offer: Offer) -> None:
        """Tell CloudFront, then the operator. That CloudFront could not be told is no failure: the time passes."""
        when = "within two minutes"
        try:
            if cdn.invalidate([f"/{repository.key(channel.product, 'timestamp')}"]):
                when = "as soon as CloudFront has passed it on"
        except (BotoCoreError, ClientError) as error:
            when += f" (CloudFront was not told: {error})"
        said = offer.custom
        self.stdout.write(
            f"{channel} is at {said['version']}, for {said['rollout']} % of installations. Apps see it {when}."
        )


def _bar(what: str, size: int) -> Any:
    return tqdm(desc=what, total=size, unit="B", unit_scale=True, disable=None).update


def _line(channel: Channel, number: int, offer: Offer) -> str:
    said = offer.custom
    what = f"{channel} {said['version']} {said['rollout']} % {said['published_at']}"
    return f"{what} {','.join(offer.files)} #{number}"


def _platform(text: str) -> tuple[str, Path]:
    name, equals, path = text.partition("=")
    if not (name and equals and path):
        raise ArgumentTypeError(f"{text!r} is not like macos=path/App.dmg")
    return name, Path(path)


def _text(path: Path | None) -> str:
    try:
        return path.read_text(encoding="utf-8").strip() if path else ""
    except UnicodeDecodeError:
        raise Refused(f"{path} is no UTF-8 text.") from None
