"""What the blog is called, what it says of itself on pages and in mails, and where it is."""

from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.encoding import iri_to_uri

NAME = "MyBlog"
DESCRIPTION = "Notes on building small things that last: software without servers, and the work around it."
LANGUAGE = "en"
# Over and under the form that every page's footer has, and at the foot of the page.
SUBSCRIBE_HEADING = "New posts by email"
SUBSCRIBE_PROMISE = "A letter when there is something new to read, and never for anything else."
FOOTER = "No cookies, no tracking, no scripts."
# Subjects of mails.
WELCOME_SUBJECT = f"Welcome to {NAME}: please confirm"


def absolute(path: str) -> str:
    """A path, as reverse() or a request has it, at the site's own address, whatever host a request names.

    An address of another host, as that of static files may be, is as it is.
    """
    if path.startswith("http"):
        return path
    site = urlsplit(settings.SITE_URL)
    return f"{site.scheme}://{site.netloc}{iri_to_uri(path)}"


def front() -> str:
    """The address of the first page."""
    return absolute(reverse("blog-home"))
