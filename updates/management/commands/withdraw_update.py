"""`manage.py withdraw_update --product app --channel stable --version 1.4.0`."""

from typing import Any

from django.core.management.base import CommandParser

from updates.commands import UpdatesCommand, add_channel
from updates.manifests import Channel
from updates.services import withdraw


class Command(UpdatesCommand):
    help = "Offer again what was offered before this version. Who has it keeps it."

    def add_arguments(self, parser: CommandParser) -> None:
        add_channel(parser)
        parser.add_argument("--version", required=True, help="the present one, which is bad")

    def run(self, **options: Any) -> None:
        """Do it."""
        channel = Channel(options["product"], options["channel"])
        self.tell(channel, withdraw(channel=channel, version=options["version"]))
