"""The mail of a letter: the whole post for mail clients, the links that unsubscribe, and what names the list."""

import re
import uuid
from dataclasses import dataclass
from email.utils import formataddr
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from blog import site, welcome
from blog.models import Post, Subscriber
from blog.post_html import mail_html
from config.mail import header_text

if TYPE_CHECKING:
    from mypy_boto3_sesv2.type_defs import MessageTypeDef

# Gmail shows 102 KB of a mail: a longer post is told by its summary, and a link.
MAX_BODY = 80_000
# Where Markdown leads to the site by a path alone: a reader of the text part has no page it could be from.
_PATH = re.compile(r"(?<=\]\()/(?!/)|(?<=\]: )/(?!/)")


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A letter, made once for all recipients: `place` stands where each one's own token goes."""

    subject: str
    text: str
    html: str
    place: str

    def to(self, email: str) -> "MessageTypeDef":
        """Subject, both bodies and headers, as SES takes them."""
        token = Subscriber.token(email)
        text, html = (body.replace(self.place, token) for body in (self.text, self.html))
        message = welcome.message(self.subject, text, html, email)
        # SES takes ASCII alone here: a name in another script is encoded (RFC 2047), one with a comma gets quotes.
        list_id = formataddr((site.NAME, f"letters.{urlsplit(site.front()).hostname}"))
        return {**message, "Headers": [*message["Headers"], {"Name": "List-Id", "Value": list_id}]}


def make(post: Post) -> Mail:
    place, url = uuid.uuid4().hex, site.absolute(reverse("blog-post", args=[post.slug]))
    body = mail_html(post, url)
    context = {
        "name": site.NAME,
        "language": site.LANGUAGE,
        "post": post,
        "picture": _picture(post),
        "body": body if len(body.encode()) <= MAX_BODY else "",
        "markdown": _PATH.sub(site.absolute("/"), post.body),
        "url": url,
        "site_url": site.front(),
        "unsubscribe_url": site.absolute(reverse("blog-unsubscribe", args=[place])),
    }
    text, html = (render_to_string(f"blog/letter.{kind}", context) for kind in ("txt", "html"))
    return Mail(subject=header_text(post.title), text=text, html=html, place=place)


def _picture(post: Post) -> str:
    """The absolute address of a JPEG, as not every mail client knows WebP; empty without a picture."""
    if not post.hero or post.hero.status != "ready" or not post.hero.renditions:
        return ""
    fits = [one for one in post.hero.renditions if int(one.size) <= 1280] or list(post.hero.renditions)
    return site.absolute(f"{settings.THUMBNAILS_URL}/{max(fits, key=lambda one: int(one.size)).jpeg}")
