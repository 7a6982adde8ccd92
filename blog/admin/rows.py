"""What the admin sees of the blog's tables: fields derived from the models, limits from the API's serializers."""

from datetime import datetime
from typing import Any

from django.db import models as fields
from django.forms import Textarea
from django.urls import reverse

from blog import models
from blog.admin.forms import BodyWidget, TagsWidget
from blog.api.serializers import MAX_NAME, MAX_SUMMARY, MAX_TITLE, SLUG_RULE
from blog.models import SHELF, SUBSCRIBERS, Status, Welcome, status_of
from blog.pages.drafts import secret_path
from blog.services import MAX_SLUG
from dynamo.admin.rows import Row
from dynamo.models import now
from rest.text import VISIBLE


class Post(Row[models.Post]):
    """A post, a draft too; not the redirects and photos of the same table."""

    partition = {"shelf": SHELF}
    field_options = {
        "slug": {
            "max_length": MAX_SLUG,
            "validators": [SLUG_RULE],
            "verbose_name": "address",
            "help_text": "The last part of the post's address. Made from the title unless you write another one.",
        },
        "title": {"max_length": MAX_TITLE, "validators": [VISIBLE]},
        "summary": {
            "max_length": MAX_SUMMARY,
            "help_text": "For lists, search engines and feeds.",
            "widget": Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        },
        # Without max_length, by which browsers cut what is pasted without a word: the form says what is too long.
        "body": {"field_class": fields.TextField, "verbose_name": "text", "widget": BodyWidget},
        "author_name": {
            "max_length": MAX_NAME,
            "verbose_name": "author",
            "help_text": "As readers shall see it; “The editors” if it is empty.",
        },
        "tags": {"help_text": "With commas between, at most 10.", "widget": TagsWidget},
        "hero": {"editable": True, "verbose_name": "picture"},
        "published_at": {"verbose_name": "publication"},
        "updated_at": {"verbose_name": "change", "null": False},
    }

    # Of the save that makes it public: who sends it as a letter, or whether there is to be none;
    letter_by: str | None = None
    is_letter_refused = False
    # and what came of that: whether a letter is there that can begin, and whether one that waited was ended.
    has_letter = False
    is_letter_ended = False

    class Meta:
        verbose_name = "post"
        ordering = ["-updated_at"]

    def __str__(self) -> str:
        return str(self.title or self.pk)

    def get_absolute_url(self) -> str:
        """The page readers have; of what they don't, the one behind the secret link."""
        public = self.status(now()) is Status.PUBLISHED
        return reverse("blog-post", args=[self.pk]) if public else secret_path(str(self.pk), self.created_at)

    @classmethod
    def text_of(cls, name: str, value: object) -> str:
        """Of a picture what it shows, and which it is."""
        return (
            f"{value['alt']} ({value['upload']})"
            if name == "hero" and isinstance(value, dict)
            else super().text_of(name, value)
        )

    @classmethod
    def in_form(cls, value: object) -> Any:
        """Of a time the minute; of the picture which it is and what it shows, not what became of its file."""
        if isinstance(value, datetime):
            return value.replace(second=0, microsecond=0)
        return {name: value[name] for name in ("upload", "alt")} if isinstance(value, dict) else value

    @property
    def lasting_name(self) -> str:
        """The same whatever its address is by now, which may be another's: what a browser keeps of it goes by this."""
        return str(self.created_at.isoformat())

    def status(self, at: datetime) -> Status:
        return status_of(self.published_at, at)

    def changes(self) -> dict[str, Any]:
        """Its address, too: the services know how to rename a post."""
        found = super().changes()
        if self.item is not None and self.slug != self.item.slug:
            found["slug"] = self.slug
        return found


class Subscriber(Row[models.Subscriber]):
    partition = {"shelf": SUBSCRIBERS}
    field_options = {
        "status": {"verbose_name": "welcome", "choices": [(one.value, one.value) for one in Welcome]},
        "created_at": {"verbose_name": "subscribed", "null": False},
        "sent_at": {"verbose_name": "welcomed"},
    }

    class Meta:
        verbose_name = "subscriber"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return str(self.address or self.pk)
