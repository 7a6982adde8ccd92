"""`manage.py rollout_update --product app --channel stable --version 1.4.0 --percent 50`."""

from typing import Any

from django.core.management.base import CommandParser

from updates.commands import UpdatesCommand, add_channel
from updates.manifests import Channel
from updates.services import roll_out


class Command(UpdatesCommand):
    help = "Offer the present version to more installations, or to fewer. Signs it with the present keys."

    def add_arguments(self, parser: CommandParser) -> None:
        add_channel(parser)
        parser.add_argument("--version", required=True, help="the present one")
        parser.add_argument("--percent", type=int, required=True, help="of installations, from 0 to 100")

    def run(self, **options: Any) -> None:
        """Do it."""
        channel = Channel(options["product"], options["channel"])
        self.tell(channel, roll_out(channel=channel, version=options["version"], percent=options["percent"]))
