"""Posts in the admin: the list, the form, what is done to many at once. All is written by blog.services."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.contrib.admin.views.main import ORDER_VAR
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from pynamodb.transactions import TransactWrite

from accounts.staff.session import access_token
from blog import services
from blog.admin import filters, rows
from blog.admin.changelist import PostChangeList
from blog.admin.filters import FILTERS, AuthorFilter
from blog.admin.forms import DraftForm, PostForm, clean_tag, picture_url
from blog.admin.letters import LettersAdmin, is_news
from blog.admin.reads import ReadsAdmin
from blog.letters import control
from blog.models import MAX_TAGS, Hero, Post, Rendition, Status
from blog.models.letters import LetterStatus
from blog.pages.drafts import SECRET_FOR, secret_path
from blog.pages.posts import author_name
from blog.publishing.commit import Also
from blog.site import absolute
from blog.uploads import MediaUploads
from dynamo.admin.changelist import remember
from dynamo.admin.forms import time_html
from dynamo.admin.history.log import Change
from dynamo.admin.query.queryset import RowQuerySet
from dynamo.admin.rows import Row
from dynamo.errors import AlreadyExists
from dynamo.models import Model, now
from dynamo.transactions import create_in
from rest.problems import Problem
from serverless.errors import InvalidState, InvalidValue

# What a restored version brings back: what was written, never when it is public.
WRITTEN = ("title", "summary", "body", "author_name", "tags", "hero")


class PostActionForm(ActionForm):
    """Which tag, for the actions that want one."""

    tag = forms.CharField(required=False, max_length=80, label="Tag:")
    tag.widget.attrs.update({"size": 12, "list": "action-tags", "data-suggest": "tags", "autocomplete": "off"})


@admin.register(rows.Post)
class PostAdmin(ReadsAdmin, LettersAdmin):
    """What editors write and publishers publish."""

    form = PostForm
    action_form = PostActionForm
    change_form_template = "blog/admin/change_form.html"
    change_list_template = "blog/admin/change_list.html"
    list_display = ["picture", "title", "status", "written_by", "date", "changed"]
    list_display_links = ["title"]
    list_filter = [*FILTERS, "updated_at"]
    search_fields = ["title", "summary", "tags", "author_name"]
    actions = ["publish", "withdraw", "add_tag", "remove_tag"]
    exclude = [
        "kind", "feed", "position", "html", "renderer", "older", "newer", "linked_at", "former", "renames", "moves",
        "moved_to", "author", "words", "was_public",
    ]  # fmt: skip
    prepopulated_fields = {"slug": ["title"]}

    # --- The list --------------------------------------------------------------------------------------------------

    def get_ordering(self, request: HttpRequest) -> Any:
        return filters.ordering(request)

    def get_sortable_by(self, request: HttpRequest) -> Any:
        """What the index of this list has in order."""
        return ["date"] if "position" in self.get_ordering(request)[0] else ["changed"]

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> Any:
        return PostChangeList

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        """All of the list: what is found, PostChangeList reads by the index of words."""
        return queryset, False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        if self._is_sorted_elsewise(request):
            query = request.GET.copy()
            del query[ORDER_VAR]
            return HttpResponseRedirect(f"{request.path}?{query.urlencode()}")
        return super().changelist_view(request, extra_context)

    def _is_sorted_elsewise(self, request: HttpRequest) -> bool:
        """Whether an order is asked for that was another filter's."""
        columns = ["action_checkbox", *self.list_display] if self.get_actions(request) else self.list_display
        asked = request.GET.get(ORDER_VAR, "").lstrip("-").split(".")
        sortable = {str(columns.index(name)) for name in self.get_sortable_by(request)}
        return ORDER_VAR in request.GET and not set(asked) <= sortable

    @admin.display(description="Picture")
    def picture(self, row: rows.Post) -> SafeString | str:
        url = picture_url(row.hero)
        image = '<img class="thumbnail" src="{}" alt="" loading="lazy" width="64" height="43">'
        return format_html(image, url) if url else ""

    @admin.display(description="Status")
    def status(self, row: rows.Post) -> SafeString:
        status = row.status(now())
        return format_html('<span class="status {}">{}</span>', status.value, status.value.capitalize())

    @admin.display(description="Author")
    def written_by(self, row: Any) -> SafeString:
        """Whose it is; a link to all of theirs."""
        return format_html('<a href="?{}={}">{}</a>', AuthorFilter.parameter_name, row.author, author_name(row))

    @admin.display(description="Publication", ordering="position")
    def date(self, row: rows.Post) -> SafeString | None:
        return time_html(row.published_at) if row.published_at else None

    @admin.display(description="Changed", ordering="updated_at")
    def changed(self, row: rows.Post) -> SafeString:
        return time_html(row.updated_at)

    # --- Many at once ----------------------------------------------------------------------------------------------

    @admin.action(description="Publish now", permissions=["publish"])
    def publish(self, request: HttpRequest, queryset: RowQuerySet[Any]) -> None:
        """What is public stays as it is."""
        chosen = [row for row in queryset if row.status(now()) is not Status.PUBLISHED]
        self._say(request, "Published", self.update_rows(request, chosen, published_at=now()))

    @admin.action(description="Withdraw: make them drafts", permissions=["publish"])
    def withdraw(self, request: HttpRequest, queryset: RowQuerySet[Any]) -> None:
        self._say(request, "Withdrew", self.update_rows(request, queryset, published_at=None))

    @admin.action(description="Add the tag", permissions=["change"])
    def add_tag(self, request: HttpRequest, queryset: RowQuerySet[Any]) -> None:
        self._retag(request, queryset, lambda tags, tag: tags if tag in tags else [*tags, tag])

    @admin.action(description="Remove the tag", permissions=["change"])
    def remove_tag(self, request: HttpRequest, queryset: RowQuerySet[Any]) -> None:
        self._retag(request, queryset, lambda tags, tag: [one for one in tags if one != tag])

    def _retag(
        self, request: HttpRequest, queryset: RowQuerySet[Any], change: Callable[[list[str], str], list[str]]
    ) -> None:
        try:
            tag = clean_tag(request.POST.get("tag", ""))
        except ValidationError as error:
            self.message_user(request, f"Which tag? {' '.join(error.messages)}", messages.ERROR)
            return
        done = 0
        for row in queryset:
            tags = change(list(row.tags or []), tag)
            if len(tags) > MAX_TAGS:
                self._left(request, row, f"it has {MAX_TAGS} tags already.")
            else:
                done += self.update_rows(request, [row], tags=tags)
        self._say(request, "Changed", done)

    def _say(self, request: HttpRequest, what: str, done: int) -> None:
        self.message_user(request, f"{what} {done} post{'' if done == 1 else 's'}.", messages.SUCCESS)

    # --- The form --------------------------------------------------------------------------------------------------

    def get_prepopulated_fields(self, request: HttpRequest, obj: object = None) -> Any:
        return {} if obj is not None else super().get_prepopulated_fields(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: object = None) -> Any:
        keys = [name for name in super().get_readonly_fields(request, obj) if name != "slug"]
        given = [*keys, "publication", "shown_picture", "secret_link", "all_reads"]
        return given if self.has_publish_permission(request) else [*given, "published_at"]

    def get_fields(self, request: HttpRequest, obj: object = None) -> Any:
        """Who may not decide about something reads it."""
        writes = self.has_add_permission(request) if obj is None else self.has_change_permission(request, obj)
        decides = writes and self.has_publish_permission(request)
        picture, publication = "hero" if writes else "shown_picture", "published_at" if decides else "publication"
        link = [] if obj is None else ["secret_link"]
        letter = ["send_letter"] if self._asks_for_letter(request, obj) else []
        reads = ["all_reads"] if settings.READS_PERCENT and obj is not None else []
        return ["title", "slug", "body", "summary", "tags", "author_name", picture, publication, *letter, *link, *reads]

    def _asks_for_letter(self, request: HttpRequest, obj: object) -> bool:
        """Whether this save may make a post public that was not."""
        draft = obj is None or cast(rows.Post, obj).status(now()) is Status.DRAFT
        return draft and self.has_publish_permission(request) and self.has_change_permission(request)

    def get_form(self, request: HttpRequest, obj: object = None, change: bool = False, **kwargs: object) -> Any:
        if self._asks_for_letter(request, obj):
            kwargs.setdefault("form", DraftForm)
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: object = None) -> Any:
        """The text first, then what is said about it, then when it is public."""
        ((_, options),) = super().get_fieldsets(request, obj)
        names = list(options["fields"])
        return [
            (None, {"fields": names[:3]}),
            ("About it", {"fields": names[3:7]}),
            ("Publication", {"fields": names[7:]}),
        ]

    @admin.display(description="Publication")
    def publication(self, row: rows.Post) -> str:
        """For editors who may not decide about it."""
        status = row.status(now())
        if status is Status.DRAFT:
            return "Draft. A publisher decides when it is public."
        return format_html("{}: {}", status.value.capitalize(), time_html(row.published_at))

    @admin.display(description="Picture")
    def shown_picture(self, row: rows.Post) -> SafeString | str:
        """For readers who may not edit."""
        url = picture_url(row.hero)
        return format_html('<img src="{}" alt="{}">', url, row.hero["alt"]) if url else "None"

    @admin.display(description="Secret link")
    def secret_link(self, row: rows.Post) -> SafeString | str:
        """To show a draft to someone."""
        if row.status(now()) is Status.PUBLISHED:
            return "Not needed: everybody can read it."
        link = '<a class="secret-link" href="{}" rel="noreferrer">Preview</a> for whoever has this link, for {} days.'
        return format_html(link, absolute(secret_path(str(row.pk), row.created_at)), SECRET_FOR.days)

    # --- Writing ---------------------------------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: Row[Any], form: Any, change: bool) -> None:
        is_asked = form.cleaned_data.get("send_letter")
        if is_asked and self.has_publish_permission(request):
            obj.letter_by = str(request.user.pk)
        obj.is_letter_refused = "send_letter" in form.cleaned_data and not is_asked
        super().save_model(request, obj, form, change)
        if obj.is_letter_ended:
            self.message_user(request, "The letter that waited for it is not sent.", messages.SUCCESS)
        if obj.letter_by and obj.published_at:
            self.send_letter(request, Post.fetch((obj.slug,)), is_there=obj.has_letter)

    def save_item(
        self, request: HttpRequest, row: Row[Any], changes: Mapping[str, Any], expect: int | None, entry: Change
    ) -> None:
        """By the services the API has, the log's entry in their transaction."""
        uploads, who = MediaUploads(f"Bearer {access_token(request)}"), str(request.user.pk)
        also, may_publish = _logged(row, entry), self.has_publish_permission(request)
        values = cast(services.PostValues, _with_hero(changes))  # the form has the fields of the service
        with _as_form_errors():
            if (known := row.item) is not None:
                if "slug" in changes:
                    # The list that comes next may still have it under its former name.
                    remember(request, self.model.from_item(known))
                services.edit_post(
                    slug=known.slug, values=values, expect=expect, editor=who, uploads=uploads,
                    may_publish=may_publish, known=known, also=also,
                )  # fmt: skip
            elif row.version == 1:
                services.create_post(author=who, values=values, uploads=uploads, may_publish=may_publish, also=also)
        if expect is None and row.version > 1:
            self._bring_back(request, row, also)

    def _bring_back(self, request: HttpRequest, row: Row[Any], also: Also) -> None:
        """A deleted post: as it was, but a draft if whoever brings it back may not publish."""
        post: Post = Post.from_raw_data(row.as_item().serialize())
        post.created_at = row.created_at
        if not self.has_publish_permission(request):
            post.date(None)
        back = services.bring_back_post(post=post, version=int(row.version), also=also)
        if back.slug != post.slug:
            control.follow(back)
            text = f"Another post has its address, or leads on from there. It has this one now: {back.slug}"
            self.message_user(request, text, messages.WARNING)

    def delete_item(self, request: HttpRequest, row: Row[Any], expect: int, entry: Change) -> None:
        services.delete_post(slug=row.pk, expect=expect, known=row.item, also=_logged(row, entry))

    def restored(self, request: HttpRequest, old: Model) -> dict[str, Any]:
        return {name: value for name, value in super().restored(request, old).items() if name in WRITTEN}


def _with_hero(changes: Mapping[str, Any]) -> Mapping[str, Any]:
    """A picture the post has had, as in its history, is as it was: whoever restores it may not be who uploaded it."""
    hero = changes.get("hero")
    if not hero or "owner" not in hero:
        return changes
    renditions = [Rendition(**one) for one in hero["renditions"]]  # type: ignore[no-untyped-call]
    return {**changes, "hero": Hero(**{**hero, "renditions": renditions})}  # type: ignore[no-untyped-call]


def _logged(row: Row[Any], entry: Change) -> Also:
    """Adds the entry to a post's transaction; with all that was computed, and the address that was found.

    So it does what becomes of its letter: no post is public without a letter that is wanted, or with one that is not,
    and a save that fails changes no letter.
    """

    def add(block: TransactWrite, post: Post | None) -> None:
        if post is not None:
            row.slug, entry.after = post.slug, post
            _decide_letter(block, row, post)
        entry.write_in(block)

    return add


def _decide_letter(block: TransactWrite, row: Row[Any], post: Post) -> None:
    """Write the letter that is wanted; end one that waits from an earlier schedule and would go out unwanted.

    One GetItem at most, where a draft is published, or what was scheduled is dated back.
    """
    row.has_letter = row.is_letter_ended = False
    known, is_new = row.item, is_news(post.published_at)
    is_wanted = bool(row.letter_by) and is_new
    was_public = known is None or known.is_public(now())
    is_unwanted = bool(post.published_at) and not was_public and (row.is_letter_refused or not is_new)
    if not (is_wanted or is_unwanted):
        return
    letter = None if known is None else control.find(known)
    waits = letter is not None and letter.status == LetterStatus.WAITING.value
    row.has_letter, row.is_letter_ended = is_wanted and (letter is None or waits), is_unwanted and waits
    if row.is_letter_ended:
        control.end_in(block, post)
    elif is_wanted and letter is None:
        create_in(block, control.begun(post, by=row.letter_by))


@contextmanager
def _as_form_errors() -> Iterator[None]:
    try:
        yield
    except AlreadyExists as taken:
        raise ValidationError({"slug": "Another post has this address, or had it and leads on from there."}) from taken
    except InvalidValue as invalid:
        raise ValidationError({"body": invalid.detail}) from invalid
    except Problem as problem:
        raise ValidationError({"hero": f"The picture cannot be looked up just now: {problem.detail}"}) from problem
    except InvalidState as conflict:
        field = "hero" if conflict.field.startswith("hero") else None
        raise ValidationError({field: conflict.detail} if field else conflict.detail) from conflict
