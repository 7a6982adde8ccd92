"""`manage.py ask_to_confirm`: ask those who subscribed before addresses were confirmed."""

from contextlib import suppress

from django.core.management.base import BaseCommand

from blog.models import UNCONFIRMED, Subscriber, Welcome
from blog.welcome import welcome_again
from dynamo.errors import ConditionFailed, DoesNotExist
from dynamo.models import now


class Command(BaseCommand):
    help = "Send every subscriber who was welcomed before confirmation was asked for a mail that asks for it, once."

    def handle(self, *args: object, **options: object) -> None:
        asked = sum(_ask(one.email) for one in Subscriber.everybody().all() if one.status == Welcome.SENT.value)
        self.stdout.write(f"Asked {asked} subscribers to confirm.")


def _ask(email: str) -> bool:
    """One conditional write, then the mail: who has `expires` was asked before."""
    again = [Subscriber.status.set(Welcome.PENDING.value), Subscriber.expires.set(now() + UNCONFIRMED)]
    never_asked = Subscriber.expires.does_not_exist() & (Subscriber.status == Welcome.SENT.value)
    with suppress(ConditionFailed, DoesNotExist):
        Subscriber.change((email,), again, condition=never_asked)
        return welcome_again(email) is Welcome.SENT
    return False
