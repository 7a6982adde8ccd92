"""Static files under names that hold their hash, so that they may be cached for a year."""

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage


class HashedFiles(ManifestStaticFilesStorage):
    """Knows each file's hashed name from staticfiles.json in its `location`; the files themselves are in S3.

    The deployment puts that list into the package: asking S3 for it would cost every cold start boto3 and a request,
    and code would meet the names of another version while it is being replaced.
    """

    support_js_module_import_aggregation = True
    # Each pass settles the modules whose imports are settled: it takes as many as the longest chain of imports.
    max_post_process_passes = 12
