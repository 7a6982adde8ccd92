"""`manage.py update_public_key`: what an app embeds to know our signatures."""

from typing import Any

from django.conf import settings

from updates.commands import UpdatesCommand
from updates.signing import public_keys


class Command(UpdatesCommand):
    help = "Print the public key of each key that signs, after its id: Ed25519, 32 bytes in base64."

    def run(self, **options: Any) -> None:
        """Do it."""
        for key_id, public in public_keys(settings.UPDATES_KEYS).items():
            self.stdout.write(f"{key_id} {public}")
