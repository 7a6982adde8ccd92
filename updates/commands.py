"""What the commands have in common."""

from typing import Any

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from updates.caching import forget
from updates.errors import Refused
from updates.manifests import Channel, Manifest


class UpdatesCommand(BaseCommand):
    """A command whose errors are sentences. Subclasses have `run`."""

    requires_system_checks = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Here --version is that of an update, not of Django."""
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def run(self, **options: Any) -> None:
        """Do it. Raises Refused, OSError, and boto3's and botocore's errors."""
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.run(**options)
        except (Refused, OSError, Boto3Error, BotoCoreError, ClientError) as error:
            raise CommandError(str(error)) from error

    def tell(self, channel: Channel, manifest: Manifest) -> None:
        """What apps are told from now on."""
        when = forget(channel)
        self.stdout.write(
            f"{channel} is at {manifest.version}, for {manifest.rollout} % of installations. Apps see it {when}."
        )


def add_channel(parser: CommandParser) -> None:
    """--product and --channel, both required."""
    parser.add_argument("--product", required=True, help="such as app")
    parser.add_argument("--channel", required=True, help="such as stable or beta")
