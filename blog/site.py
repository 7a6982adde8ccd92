"""What the blog is called, and where it is."""

from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

NAME = "MyBlog"
DESCRIPTION = "Notes on building small things that last: software without servers, and the work around it."
LANGUAGE = "en"


def absolute(path: str) -> str:
    """A path, as reverse() gives it, at the site's own address, whatever host a request names."""
    site = urlsplit(settings.SITE_URL)
    return f"{site.scheme}://{site.netloc}{path}"


def front() -> str:
    """The address of the first page."""
    return absolute(reverse("blog-home"))
