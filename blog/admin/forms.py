"""The form a post is written in: publication in one control, a picture that is uploaded straight to S3."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.datastructures import MultiValueDict
from django.utils.functional import lazy

from blog.api.serializers import MAX_ALT, MAX_BODY, MAX_TAG, UUID_RULE
from blog.models import MAX_TAGS, Status, Subscriber, status_of, tag_of
from blog.services import slugs_for
from dynamo.admin.forms import RowForm
from dynamo.models import now

# As a browser's date and time field has it.
MOMENT = "%Y-%m-%dT%H:%M"
RENAMING = (
    "The last part of the post's address. Once a post has been public, its former address leads to the new one; "
    "that of a draft becomes free."
)


# Of a picture that readers do not see, and why.
UNSEEN = {
    "deleted": "This picture was deleted, so readers see none. Choose another one, or remove it.",
    "failed": "This picture could not be used, so readers see none. Choose another one, or remove it.",
}


class BodyWidget(forms.Textarea):
    """Markdown, with a preview and pictures beside it once scripts run."""

    template_name = "blog/admin/body.html"

    def __init__(self) -> None:
        super().__init__(attrs={"rows": 24, "class": "vLargeTextField", "spellcheck": "true"})


class TagsWidget(forms.TextInput):
    """Several tags on a line, of which those there are already are suggested."""

    def __init__(self) -> None:
        super().__init__(
            attrs={"class": "vTextField", "data-suggest": "tags", "data-several": "", "autocomplete": "off"}
        )

    def value_from_datadict(self, data: Mapping[str, Any], files: MultiValueDict[str, Any], name: str) -> Any:
        """The commas that Chinese, Japanese and Arabic keyboards have are commas, too."""
        given = super().value_from_datadict(data, files, name)
        return re.sub("[\uff0c\u3001\u060c]", ",", given) if given else given


class PublicationWidget(forms.MultiWidget):
    """Draft, published or scheduled, and when."""

    template_name = "blog/admin/publication.html"
    use_fieldset = True

    def __init__(self) -> None:
        choices = [
            (Status.DRAFT, "Draft: only for who works here"),
            (Status.PUBLISHED, "Published: for everybody, at once"),
            (Status.SCHEDULED, "Scheduled: for everybody, from this time on"),
        ]
        moment = {
            "type": "datetime-local",
            "aria-label": "Date and time of publication, in UTC",
            "max": "9999-12-31T23:59",
        }
        super().__init__([forms.RadioSelect(choices=choices), forms.DateTimeInput(attrs=moment, format=MOMENT)])

    def decompress(self, value: datetime | None) -> list[Any]:
        status = status_of(value, now())
        return [status.value, value.replace(second=0, microsecond=0) if value else None]


class PublicationField(forms.MultiValueField):
    """The time from which readers see a post, or None for a draft."""

    widget = PublicationWidget

    def __init__(self, **kwargs: Any) -> None:
        moment = forms.DateTimeField(input_formats=[MOMENT, f"{MOMENT}:%S"], required=False)
        choice = forms.ChoiceField(choices=[(one.value, one.value) for one in Status])
        super().__init__((choice, moment), require_all_fields=False, required=False, **kwargs)

    def has_changed(self, initial: datetime | None, data: object) -> bool:
        """Django takes None for two empty inputs; here it is a draft. What is due by now was not published by hand."""
        before, sent = PublicationWidget().decompress(initial), cast(Sequence[Any], data or ("", ""))
        if Status.DRAFT not in (before[0], sent[0]):
            before[0] = sent[0]
        return super().has_changed(before, data)

    def compress(self, data_list: Sequence[Any]) -> datetime | None:
        status, moment = data_list or (Status.DRAFT, None)
        if status == Status.DRAFT:
            return None
        if status == Status.SCHEDULED:
            if moment is None:
                raise ValidationError("Say from which time on.", code="required")
            return moment if isinstance(moment, datetime) else None
        if moment and moment > now():
            raise ValidationError("This time has not come yet: choose “Scheduled”, or no time.", code="future")
        return moment or now()


class PictureWidget(forms.MultiWidget):
    """A picture by its upload, and what it shows. Without scripts it can only be kept."""

    template_name = "blog/admin/picture.html"
    use_fieldset = True
    shown: Mapping[str, Any] | None = None

    def __init__(self) -> None:
        alt = {"class": "vTextField", "maxlength": MAX_ALT, "placeholder": "What the picture shows"}
        super().__init__([forms.HiddenInput(), forms.TextInput(attrs={**alt, "aria-label": "What the picture shows"})])

    def decompress(self, value: Mapping[str, Any] | None) -> list[Any]:
        return [value["upload"], value["alt"]] if value else [None, None]

    def get_context(self, name: str, value: object, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        state = UNSEEN.get(self.shown["status"], "") if self.shown else ""
        held = json.dumps(_as_upload(self.shown))
        return {**context, "picture": picture_url(self.shown), "held": held, "state": state}


def _as_upload(hero: Mapping[str, Any] | None) -> dict[str, Any]:
    """A picture as media tells its owner of it; empty until it is ready."""
    if not hero or not picture_url(hero):
        return {}
    sizes = [{name: int(one[name]) for name in ("size", "width", "height")} for one in hero["renditions"]]
    urls = [{kind: f"{settings.THUMBNAILS_URL}/{one[kind]}" for kind in ("webp", "jpeg")} for one in hero["renditions"]]
    return {"id": hero["upload"], "renditions": [size | url for size, url in zip(sizes, urls, strict=True)]}


def picture_url(hero: Mapping[str, Any] | None) -> str | None:
    """The address of a picture's smallest size, once it is ready."""
    if not hero or hero["status"] != "ready" or not hero["renditions"]:
        return None
    smallest = min(hero["renditions"], key=lambda rendition: int(rendition["size"]))
    return f"{settings.THUMBNAILS_URL}/{smallest['webp']}"


class PictureField(forms.MultiValueField):
    """{"upload", "alt"}, or None."""

    widget = PictureWidget

    def __init__(self, **kwargs: Any) -> None:
        upload = forms.CharField(required=False, validators=[UUID_RULE])
        alt = forms.CharField(required=False, max_length=MAX_ALT)
        super().__init__((upload, alt), require_all_fields=False, required=False, **kwargs)

    def compress(self, data_list: Sequence[Any]) -> dict[str, str] | None:
        upload, alt = data_list or ("", "")
        if not upload:
            return None
        if not alt:
            raise ValidationError("Say what the picture shows, for those who can't see it.", code="required")
        return {"upload": upload.lower(), "alt": alt}


class LetterField(forms.BooleanField):
    """Whether a letter goes out. It is no change of the post by itself."""

    def has_changed(self, initial: object, data: object) -> bool:
        return False


class PostForm(RowForm):
    hero = PictureField(label="Picture")
    published_at = PublicationField(label="Publication")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if "slug" in self.fields:
            self.fields["slug"].required = False
            if not self.instance._state.adding:
                self.fields["slug"].help_text = RENAMING
        if "body" in self.fields:
            # Indented, the first line is code.
            cast(forms.CharField, self.fields["body"]).strip = False
        if "hero" in self.fields:
            self.fields["hero"].widget.shown = self.instance.held.get("hero")

    def clean_slug(self) -> str:
        """The address it has, unless there is another; of a new post the title's, so that one sent twice is one."""
        slug: str = self.cleaned_data["slug"] or self.instance.held.get("slug") or ""
        title = self.cleaned_data.get("title")
        return next(slugs_for(title)) if title and not slug and self.instance._state.adding else slug

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"]
        size = len(body.encode())
        if size > MAX_BODY:
            raise ValidationError(f"This text has {size:,} bytes; a post can have {MAX_BODY:,}.", code="max_length")
        return body

    def clean_tags(self) -> list[str]:
        tags = list(dict.fromkeys(clean_tag(word) for word in self.cleaned_data["tags"]))
        if len(tags) > MAX_TAGS:
            raise ValidationError(f"A post can have {MAX_TAGS} tags.", code="max_length")
        return tags

    def clean_hero(self) -> Any:
        """What is stored of a picture that stays, with its new description."""
        wanted, held = self.cleaned_data["hero"], self.instance.held.get("hero")
        return {**held, **wanted} if wanted and held and held["upload"] == wanted["upload"] else wanted

    def clean_published_at(self) -> datetime | None:
        """The stored time to the microsecond, where the minute is the same; a time to come for what is scheduled.

        What others, or this form sent twice, have published meanwhile is not published anew by “at once”.
        Raises ValidationError.
        """
        moment: datetime | None = self.cleaned_data["published_at"]
        held: datetime | None = self.instance.held.get("published_at")
        if moment and held and held.replace(second=0, microsecond=0) == moment:
            return held
        status, typed = (self.data.get(f"{self.add_prefix('published_at')}_{part}") for part in (0, 1))
        is_outdated = held is not None and not self.instance.is_at(self.seen_before.version)
        if is_outdated and status == Status.PUBLISHED and not typed and status_of(held, now()) is Status.PUBLISHED:
            return held
        scheduled = status == Status.SCHEDULED
        if moment and scheduled and moment <= now():
            raise ValidationError("This time has passed: choose “Published”, or a later time.", code="past")
        return moment


def _letter_label() -> str:
    number = Subscriber.number()
    return f"Send it to {number:,} subscriber{'' if number == 1 else 's'} once it is public"


class DraftForm(PostForm):
    """That of a post which may become public by it."""

    send_letter = LetterField(
        label=lazy(_letter_label, str)(),  # counted where it is shown, not where it is saved
        help_text="By mail, once per post. A draft and a post that is dated back send nothing.",
        required=False,
        initial=True,
    )


def clean_tag(word: str) -> str:
    """A tag as it stands in addresses: "Web Design" is web-design. Raises ValidationError."""
    tag = tag_of(word)
    if not tag:
        raise ValidationError("A tag has letters or digits.", code="invalid")
    if len(tag) > MAX_TAG:
        raise ValidationError(
            f"“{tag[:MAX_TAG]}…” is too long: a tag can have {MAX_TAG} characters.", code="max_length"
        )
    return tag
