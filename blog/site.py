"""What the blog is called, and where it is."""

from django.conf import settings

NAME = "MyBlog"
DESCRIPTION = "Notes on building small things that last: software without servers, and the work around it."
LANGUAGE = "en"


def absolute(path: str) -> str:
    """A path with the site's own address before it, whatever host a request names."""
    return f"{settings.SITE_URL}{path}"
