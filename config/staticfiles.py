"""Static files under names that hold their hash, so that they may be cached for a year."""

import re
from collections.abc import Callable

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage


class HashedFiles(ManifestStaticFilesStorage):
    """Knows each file's hashed name from staticfiles.json in its `location`; the files themselves are in S3.

    The deployment puts that list into the package: asking S3 for it would cost every cold start boto3 and a request,
    and code would meet the names of another version while it is being replaced.
    """

    support_js_module_import_aggregation = True
    # Each pass settles the modules whose imports are settled: it takes as many as the longest chain of imports.
    max_post_process_passes = 12

    def url_converter(self, name: str, hashed_files: dict[str, str], *more: object) -> Callable[[re.Match[str]], str]:
        """Django's, but types in comments, which may lead in a circle, and `wireExport } from "…"` are no imports."""
        # Versions of Django differ in what else it takes.
        convert: Callable[[re.Match[str]], str] = super().url_converter(name, hashed_files, *more)  # type: ignore[arg-type]

        def convert_imports(match: re.Match[str]) -> str:
            before = match.string[: match.start()].rpartition("\n")[2].lstrip()
            is_none = before.startswith(("*", "/*", "//")) or before[-1:].isalnum()
            return match[0] if name.endswith(".js") and is_none else convert(match)

        return convert_imports
