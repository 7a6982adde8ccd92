"""What spans several rows: to-dos with attachments, those that repeat, news of uploads, deleting many.

Three rules keep a to-do and the uploads it shows together, whatever happens between two writes and whoever else writes:

1. A to-do's id is in the upload's row before media is asked about the upload, so that no later news can miss it.
   Names too many are harmless: the next news finds out and drops them.
2. The write that attaches an upload holds only if there was no news of it since, and no name was dropped from its row;
   else media is asked anew.
3. News counts in the upload's row first, then in each to-do named there, each at the version that was read.
"""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import NamedTuple, Protocol, TypeVar
from uuid import UUID, uuid4

from dynamo import errors
from dynamo.ids import new_id
from dynamo.models import now
from dynamo.queries import Query
from dynamo.transactions import transaction
from serverless.errors import Busy, InvalidValue
from serverless.events import need, want
from todos.attachments import MAX_TODOS_OF_UPLOAD, Attachment, UploadReference
from todos.lists import ListRow
from todos.models import LAST_ORDER, Todo, Values, edit_actions, put_actions
from todos.successors import Successor, leaves_successors, successor, turns

T = TypeVar("T")

# Losing a race means that another writer got on, so a few tries are enough for any number of writers but a flood.
ATTEMPTS = 8

# Deleting or telling many: so many at a time; deleting, for so many seconds, because API Gateway gives up after 29.
WORKERS, CLEAR_BATCH, CLEAR_SECONDS = 16, 500, 15.0


class UploadNotFound(Exception):
    """The user has no such upload."""


class Uploads(Protocol):
    """Where the user's uploads are looked up."""

    def find(self, upload_id: str) -> Attachment:
        """What is known of an upload now. Raises UploadNotFound."""


class Target(NamedTuple):
    """The to-do a request is about, and what has to be true of it before: a version, or that it exists or doesn't."""

    owner: str
    id: str
    expect: int | None = None
    exists: bool | None = None


def create_todo(*, owner: str, values: Values, uploads: Uploads, todo_id: str = "") -> Todo:
    """A new to-do. Raises InvalidValue for an attachment that is not an upload of this user.

    With an id, AlreadyExists if there is such a to-do or was one that is deleted.
    """
    if todo_id and values["attachments"] and Todo.fetch_or_none((owner, todo_id)):
        raise errors.AlreadyExists
    todo_id = todo_id or new_id()
    values = values if "order" in values else {**values, "order": end_of(owner)}
    if not values["attachments"]:
        return Todo.new(owner, todo_id, values).create()
    return _together(Target(owner=owner, id=todo_id, exists=False), values, uploads, replace=True)


def end_of(owner: str) -> float:
    """A place behind all there are: milliseconds since 1970, or behind the last one if that is beyond it. One Query."""
    last = Todo.for_owner(owner, descending=True).raw_page(1).items
    places = (min(int(float(raw["order"]["N"])) + 1, LAST_ORDER) for raw in last)
    return max([int(now().timestamp() * 1000), *places])


def edit_todo(*, target: Target, values: Values, uploads: Uploads) -> Todo:
    """Change these values of a to-do. Raises DoesNotExist, VersionConflict or InvalidValue."""
    if not values.get("attachments"):
        edit = partial(Todo.edit, target.owner, target.id, values, expect=target.expect)
        if todo := _alone(values, edit):
            return todo
    return _together(target, values, uploads, replace=False)


def put_todo(*, target: Target, values: Values, uploads: Uploads) -> tuple[Todo, bool]:
    """Make it of exactly these values; (to-do, whether it is new).

    Raises VersionConflict, AlreadyExists or InvalidValue.
    """
    if "order" not in values and not (target.exists or target.expect):
        values = {**values, "order": Todo.order | end_of(target.owner)}  # one that is there stays where it is
    if not values["attachments"]:
        put = partial(Todo.put, target.owner, target.id, values, expect=target.expect, exists=target.exists)
        if written := _alone(values, put):
            return written
    todo = _together(target, values, uploads, replace=True)
    return todo, todo.created_at == todo.updated_at


def _alone(values: Values, write: Callable[..., T]) -> T | None:
    """Write a to-do's row and no other; None if it repeats and this completes or reopens it."""
    try:
        return write(condition=leaves_successors(values))
    except errors.ConditionFailed as failed:
        if failed.item is None or not turns(Todo.from_raw_data(dict(failed.item)), values):
            raise
        return None


def record_news(*, owner: str, upload: Attachment, sequencer: str, deleted: bool = False) -> None:
    """Tell every to-do that shows the upload what became of it. What is older than known news changes nothing.

    One request and no more if no to-do shows it. Raises Busy if a to-do is being changed all the while.
    """
    try:
        row = UploadReference.note(owner, upload.id, sequencer)
    except errors.ConditionFailed:
        return
    named = list(row.todos or ())
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="tell") as pool:
        shows = list(pool.map(lambda todo_id: _tell(owner, todo_id, upload, deleted=deleted), named))
    row.drop({todo_id for todo_id, does in zip(named, shows, strict=True) if not does})


def clear_todos(*, owner: str, completed_only: bool) -> None:
    """Delete the owner's to-dos, all or the completed ones, as they were when the request came or are by now.

    One that was reopened meanwhile stays, and one that was otherwise changed goes. Raises Busy with some left
    over after CLEAR_SECONDS, some ten thousand deletions: the same request again goes on.
    """
    condition = Todo.completed == True if completed_only else None  # noqa: E712  # builds a DynamoDB condition
    todos = Todo.each_of(owner, completed=completed_only or None)
    _each(todos, lambda todo: Todo.soft_delete(owner, todo.id, condition=condition))


def restore_todo(*, owner: str, todo_id: str, uploads: Uploads) -> Todo:
    """Bring it back from the bin as it was, without attachments that are deleted by now; a live one stays as it is.

    Raises DoesNotExist.
    """
    found = Todo.fetch((owner, todo_id))
    if not found.is_deleted:
        return found
    if (values := found.values_in_bin) is None or (found.expires and found.expires < now()):
        raise errors.DoesNotExist(f"{todo_id} is deleted for good")
    ListRow.revive(owner, values["list"])
    attachments = []
    for upload_id in values["attachments"]:
        with suppress(UploadNotFound):
            attachments.append(uploads.find(upload_id).id)
    target = Target(owner=owner, id=todo_id, exists=False)
    try:
        return put_todo(target=target, values={**values, "attachments": attachments}, uploads=uploads)[0]
    except errors.AlreadyExists:  # it was brought back meanwhile
        return Todo.find(owner, todo_id)


def empty_bin(*, owner: str) -> None:
    """Delete for good what is in the bin. Raises Busy as `clear_todos` does."""
    _each(Todo.in_bin(owner), Todo.purge)


def delete_list(*, target: Target, move_to: str | None) -> None:
    """Delete a list, after its to-dos were moved to another, or deleted if that is None.

    A name that to-dos use without a list goes likewise, and the same request again goes on. Raises VersionConflict
    before anything is changed, or Busy as `clear_todos` does.
    """
    owner, still = target.owner, Todo.list_name == target.id
    if target.exists:
        try:
            row = ListRow.find_raw(owner, target.id)
        except errors.DoesNotExist as error:
            raise errors.VersionConflict from error
        if target.expect is not None and int(row["version"]["N"]) != target.expect:
            raise errors.VersionConflict(row)

    def take_off(todo: Todo) -> None:
        if move_to is None:
            Todo.soft_delete(owner, todo.id, condition=still)
        else:
            Todo.change_live((owner, todo.id), [Todo.list_name.set(move_to)], now(), condition=still)

    _each(Todo.each_of(owner, list_name=target.id), take_off)
    with suppress(errors.DoesNotExist):
        ListRow.soft_delete(owner, target.id, expect=target.expect)


def _each(listing: Query[Todo], change: Callable[[Todo], object]) -> None:
    """Change each, but for those that are gone or otherwise by then."""

    def work(todo: Todo) -> None:
        with suppress(errors.DoesNotExist, errors.ConditionFailed):
            change(todo)

    end, start = time.monotonic() + CLEAR_SECONDS, None
    pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="clear")
    try:
        while True:
            page = listing.page(CLEAR_BATCH, start)
            list(pool.map(work, page.items))
            start = page.next_key
            if start is None:
                return
            if time.monotonic() > end:
                raise Busy("There are more than one request can delete. Send it again.", retry_after=1)
    finally:
        pool.shutdown(cancel_futures=True)


# --- Several rows at once ---------------------------------------------------------------------------------------------


def _together(target: Target, values: Values, uploads: Uploads, *, replace: bool) -> Todo:
    """Write the to-do, its uploads' rows and the next to-do, as they were read; again, if somebody else was faster."""
    for _ in range(ATTEMPTS):
        current = _current(target, replace=replace)
        with suppress(errors.TransactionFailed, errors.Contended):
            attached, claims = _attached(target, current, values, uploads)
            following = _following(target, current, attached, uploads, claims)
            at = now()
            actions = put_actions(attached, at) if replace else edit_actions(attached, at)
            as_read = Todo.version == current.version if current else Todo.created_at.does_not_exist()
            with transaction() as block:
                row = Todo(target.owner, target.id)
                block.update(row, [*actions, *Todo.stamps(uuid4().hex, at)], condition=as_read)
                if following:
                    change = [*following.actions(at), *Todo.stamps(uuid4().hex, at)]
                    block.update(Todo(target.owner, following.id), change, condition=following.condition)
                for claim in claims:
                    block.condition_check(UploadReference, claim.owner, claim.id, condition=claim.is_untouched())
            return Todo.find(target.owner, target.id)
    raise Busy("The to-do or its attachments were being changed all the while.", retry_after=1)


def _attached(
    target: Target, current: Todo | None, values: Values, uploads: Uploads
) -> tuple[Values, list[UploadReference]]:
    """The values with what is shown in place of ids, and the rows of uploads that are new to the to-do."""
    if "attachments" not in values:
        return values, []
    shown = {known.id: known for known in current.attachments or ()} if current and not current.is_deleted else {}
    claims: list[UploadReference] = []
    for number, upload_id in enumerate(values["attachments"]):
        if upload_id not in shown:
            claims.append(_claim(target, upload_id, number))
            shown[upload_id] = _find_upload(claims[-1], upload_id, number, target, uploads)
    return {**values, "attachments": [shown[one] for one in dict.fromkeys(values["attachments"])]}, claims


def _following(
    target: Target, current: Todo | None, values: Values, uploads: Uploads, claims: list[UploadReference]
) -> Successor | None:
    """What happens to the next to-do. Rows of the uploads it shows are added to the claims."""
    if current is None or not turns(current, values):
        return None
    found = successor(current, values, now())
    if found is None or not found.applies_to(Todo.fetch_or_none((target.owner, found.id))):
        return None
    if found.values is None:
        return found
    shown, new = [], Target(owner=target.owner, id=found.id)
    for number, attachment in enumerate(found.values["attachments"] or ()):
        with suppress(InvalidValue):
            claim = _claim(new, attachment.id, number, repeated=True)
            first = next((each for each in claims if each.id == claim.id), None)
            shown.append(attachment if first else _find_upload(claim, attachment.id, number, new, uploads))
            if first and claim.touch != first.touch:
                raise errors.Contended("news of an upload came between two claims")
            # The next to-do may show an upload that this one claims, too. A transaction may name a row once, so the
            # later claim, which has both, replaces the first.
            claims[:] = [each for each in claims if each is not first] + [claim]
    return found._replace(values={**found.values, "attachments": shown})


def _current(target: Target, *, replace: bool) -> Todo | None:
    """The row as it is, perhaps a tombstone. Raises what the same change without attachments would."""
    current = Todo.fetch_or_none((target.owner, target.id))
    version = None if current is None or current.is_deleted else current.version
    if version is None and not replace:
        raise errors.DoesNotExist(f"{target.id} is deleted or never was")
    if version is not None and target.exists is False:
        raise errors.AlreadyExists
    if (version is None and target.exists) or (target.expect is not None and version != target.expect):
        raise errors.VersionConflict
    return current


def _claim(target: Target, upload_id: str, number: int, *, repeated: bool = False) -> UploadReference:
    try:
        return UploadReference.claim(target.owner, upload_id, target.id, repeated=repeated)
    except errors.ConditionFailed:
        raise InvalidValue(
            f"{MAX_TODOS_OF_UPLOAD} to-dos show this upload already.", field=f"attachments/{number}"
        ) from None


def _find_upload(claim: UploadReference, upload_id: str, number: int, target: Target, uploads: Uploads) -> Attachment:
    """What media says of the upload now. Raises InvalidValue, pointing at it, if it is no upload of this user."""
    try:
        return uploads.find(upload_id)
    except UploadNotFound:
        claim.drop({target.id})
        raise InvalidValue("You have no such upload.", field=f"attachments/{number}", code="not_found") from None


def read_attachment(said: Mapping[str, object], *, status: str, as_of: str | None) -> Attachment:
    """What media says of an upload, in an answer or a message, as it is kept here.

    Raises Poison for values of another type, ValueError for what is no id or no time.
    """
    return Attachment(  # type: ignore[no-untyped-call]
        id=str(UUID(need(said, "id", str))),
        name=want(said, "name", str),
        content_type=want(said, "content_type", str),
        size=want(said, "size", int),
        status=status,
        reason=want(said, "reason", str),
        width=want(said, "width", int),
        height=want(said, "height", int),
        as_of=None if as_of is None else datetime.fromisoformat(as_of),
    )


# --- Telling ----------------------------------------------------------------------------------------------------------


def _tell(owner: str, todo_id: str, upload: Attachment, *, deleted: bool) -> bool:
    """Bring one to-do up to date; whether it goes on showing the upload. Raises Busy."""
    for _ in range(ATTEMPTS):
        try:
            todo = Todo.find(owner, todo_id)
            known = next((shown for shown in todo.attachments or () if shown.id == upload.id), None)
            if known is None:
                return False
            if known.values() == upload.values() or _is_newer(known, upload):
                return True
            news = [] if deleted else [upload]
            attachments = [one for shown in todo.attachments for one in (news if shown is known else [shown])]
            actions = [Todo.attachments.set(attachments)]
            if todo.as_made == todo.version:
                actions.append(Todo.as_made.set(todo.version + 1))
            Todo.change((owner, todo_id), actions, expect=int(todo.version))
        except (errors.VersionConflict, errors.Contended):
            continue
        except errors.DoesNotExist:
            return False
        return not deleted
    raise Busy("The to-do was being changed all the while.")


def _is_newer(known: Attachment, upload: Attachment) -> bool:
    """Whether media said what is known after it had sent this."""
    return None not in {known.as_of, upload.as_of} and known.as_of > upload.as_of
