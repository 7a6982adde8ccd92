"""`manage.py keep_house nightly`: have a run begin now, by the queue the clock uses."""

from django.core.management.base import BaseCommand, CommandParser

from housekeeping.services import JOBS, begin


class Command(BaseCommand):
    help = "Begin a run of housekeeping now; /admin/housekeeping/run/ shows what it finds."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("job", nargs="?", choices=JOBS, default="nightly")

    def handle(self, *args: object, **options: object) -> None:
        self.stdout.write(f"Begun: {begin(str(options['job']))}")
