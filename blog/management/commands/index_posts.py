"""`manage.py index_posts`: make the index of words anew, after changes it could not follow for an hour."""

from django.core.management.base import BaseCommand

from blog import search


class Command(BaseCommand):
    help = "Index the words of every post, so that editors find them; it follows changes by itself."

    def handle(self, *args: object, **options: object) -> None:
        self.stdout.write(f"Indexed {search.rebuild()} posts.")
