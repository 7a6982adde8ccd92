"""`manage.py publish_update --product app --channel stable --version 1.4.0 --platform macos=App.dmg`."""

from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from updates.commands import UpdatesCommand, add_channel
from updates.errors import Refused
from updates.manifests import Channel
from updates.services import Release, publish


class Command(UpdatesCommand):
    help = "Upload the files of a version and tell apps of it. Repeat it if it was broken off."

    def add_arguments(self, parser: CommandParser) -> None:
        add_channel(parser)
        parser.add_argument("--version", required=True, help="such as 1.4.0 or 1.4.0-beta.1")
        parser.add_argument(
            "--platform", type=_platform, action="append", required=True, metavar="NAME=FILE", help="once for each file"
        )
        parser.add_argument("--notes-file", type=Path, help="what is new, as UTF-8 text; none if not given")
        parser.add_argument("--rollout", type=int, default=100, help="of a hundred installations, so many; 100")
        parser.add_argument("--minimum", help="the oldest version that can update to this one; any if not given")
        parser.add_argument("--allow-downgrade", action="store_true", help="publish a version older than the present")

    def run(self, **options: Any) -> None:
        """Do it."""
        channel = Channel(options["product"], options["channel"])
        release = Release(
            version=options["version"],
            platforms=_once_each(options["platform"]),
            notes=_text(options["notes_file"]),
            rollout=options["rollout"],
            minimum=options["minimum"],
        )
        manifest, is_news = publish(channel=channel, release=release, allow_downgrade=options["allow_downgrade"])
        if not is_news:
            self.stdout.write("It is published already, just so.")
        self.tell(channel, manifest)


def _platform(text: str) -> tuple[str, Path]:
    name, equals, path = text.partition("=")
    if not (name and equals and path):
        raise ArgumentTypeError(f"{text!r} is not like macos=path/App.dmg")
    return name, Path(path)


def _once_each(platforms: list[tuple[str, Path]]) -> dict[str, Path]:
    files = dict(platforms)
    if len(files) < len(platforms):
        raise Refused("A platform is named twice.")
    return files


def _text(path: Path | None) -> str:
    try:
        return path.read_text(encoding="utf-8").strip() if path else ""
    except UnicodeDecodeError:
        raise Refused(f"{path} is no UTF-8 text.") from None
