"""`manage.py export_site FOLDER` or `manage.py export_site s3://BUCKET/PREFIX`: the whole blog as static files."""

from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from blog.pages.export import Bucket, ExportError, Folder, export


class Command(BaseCommand):
    help = "Write the blog as static files, so that it stays up when nothing else does; again brings them up to date."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("target", help="a folder, or s3://bucket or s3://bucket/prefix")

    def handle(self, *args: object, target: str, **options: object) -> None:
        bucket, _, prefix = target.removeprefix("s3://").partition("/")
        if target.startswith("s3://") and not bucket:
            raise CommandError("Name a bucket, as in s3://my-bucket/blog.")
        try:
            files, written, removed = export(
                Bucket(bucket, prefix) if target.startswith("s3://") else Folder(Path(target))
            )
        except (ExportError, OSError, ClientError, BotoCoreError) as error:
            raise CommandError(f"Nothing more was exported: {error}") from error
        self.stdout.write(f"{files} files in {target}: {written} written, {removed} removed.")
