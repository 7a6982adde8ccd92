"""Commands that speak of SQL say in one sentence what to use here."""

from typing import ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser


class InsteadCommand(BaseCommand):
    """A command that has nothing to do here. It takes any arguments, as scripts written for SQL give some."""

    instead: ClassVar[str]
    requires_system_checks = []

    def run_from_argv(self, argv: list[str]) -> None:
        """Without looking at the arguments: whatever they are, the answer is the same."""
        super().run_from_argv(argv[:2])

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("anything", nargs="*")

    def handle(self, *args: object, **options: object) -> None:
        raise CommandError(self.instead)
