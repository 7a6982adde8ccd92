"""`manage.py list_updates`, `manage.py list_updates --product app --channel stable`."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from updates import bucket
from updates.commands import UpdatesCommand
from updates.manifests import Channel, Manifest


class Command(UpdatesCommand):
    help = "List what apps are told on each channel, or all they were ever told on one, newest first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--product", default="")
        parser.add_argument("--channel", default="")

    def run(self, **options: Any) -> None:
        """Do it."""
        product, channel = options["product"], options["channel"]
        if bool(product) != bool(channel):
            raise CommandError("Name both a product and a channel, or neither.")
        if product:
            found = bucket.history(Channel(product, channel))
        else:
            found = [stored.manifest for each in bucket.channels() if (stored := bucket.current(each))]
        for manifest in found:
            self.stdout.write(_line(manifest))
        if not found:
            self.stdout.write("Nothing is published.")


def _line(manifest: Manifest) -> str:
    what = f"{manifest.product}/{manifest.channel} {manifest.version}"
    return f"{what} {manifest.rollout} % {manifest.published_at} {','.join(manifest.files)} #{manifest.sequence}"
