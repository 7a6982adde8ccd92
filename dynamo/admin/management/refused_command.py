"""Commands that speak of SQL say in one sentence what to use here."""

from django.core.management.base import BaseCommand, CommandError, CommandParser


def refusing(instead: str) -> type[BaseCommand]:
    """A command that has nothing to do here. It takes any arguments, as scripts written for SQL give some."""

    class Command(BaseCommand):
        help = "Not for DynamoDB: says what to use."
        requires_system_checks = []

        def run_from_argv(self, argv: list[str]) -> None:
            super().run_from_argv(argv[:2])  # whatever the arguments are, the answer is the same

        def add_arguments(self, parser: CommandParser) -> None:
            parser.add_argument("anything", nargs="*")

        def handle(self, *args: object, **options: object) -> None:
            raise CommandError(instead)

    return Command
