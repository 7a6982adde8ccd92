"""Uploads that to-dos show: what a to-do says of one, and a row for each that says which to-dos may show it."""

from contextlib import suppress
from typing import Any, Self
from uuid import uuid4

from pynamodb.attributes import (
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.expressions.condition import Condition, size
from pynamodb.expressions.update import Action

from dynamo.errors import ConditionFailed
from dynamo.models import Model, table

# A row of 1,000 names has 37 KB, and the news takes some seconds to tell. What repeats each day takes its files along
# for 13 years, as all that are done go on showing them.
MAX_TODOS_OF_UPLOAD, MAX_WITH_REPEATED = 1000, 5000


class Attachment(MapAttribute[str, Any]):
    """What a to-do shows of an upload: a copy of media's words, which its messages keep up to date.

    `size` is in bytes, `width` and `height` in pixels; `as_of` is when media last changed what it says.
    """

    id = UnicodeAttribute()
    name = UnicodeAttribute(null=True)
    content_type = UnicodeAttribute(null=True)
    size = NumberAttribute(null=True)
    status = UnicodeAttribute()
    reason = UnicodeAttribute(null=True)
    width = NumberAttribute(null=True)
    height = NumberAttribute(null=True)
    as_of = UTCDateTimeAttribute(null=True)

    def values(self) -> dict[str, Any]:
        """All of it by name, to compare: PynamoDB's own comparison tells None from what is missing."""
        return {name: getattr(self, name) for name in self.get_attributes()}


class UploadReference(Model):
    """What has to be known of an upload: which to-dos may show it, and which news of it is the last.

    Its row lies beside its owner's to-dos, in no index. `version` counts every change of the row, and all but a claim
    give it another `touch`; `sequencer` is S3's mark of the content that the news was about: of two, the greater is the
    newer.
    """

    class Meta:
        table_name = table("todos")

    owner = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    todos = UnicodeSetAttribute(null=True)
    version = NumberAttribute(default=0)
    touch = UnicodeAttribute(null=True)
    sequencer = UnicodeAttribute(null=True)

    @classmethod
    def claim(cls, owner: str, upload_id: str, todo_id: str, *, repeated: bool = False) -> Self:
        """Write down that a to-do is going to show it, perhaps as the one before did.

        Raises ConditionFailed beyond MAX_TODOS_OF_UPLOAD, or beyond MAX_WITH_REPEATED.
        """
        names, most = size(cls.todos), MAX_WITH_REPEATED if repeated else MAX_TODOS_OF_UPLOAD  # type: ignore[no-untyped-call]
        room = cls.todos.does_not_exist() | (names < most) | cls.todos.contains(todo_id)
        # Of many that attach it at once each write goes through: a claim takes nothing from another.
        actions: list[Action] = [cls.todos.add({todo_id}), cls.touch.set(cls.touch | uuid4().hex)]
        return cls._change((owner, f"upload#{upload_id}"), actions, room)

    @classmethod
    def note(cls, owner: str, upload_id: str, sequencer: str) -> Self:
        """News has come. Raises ConditionFailed if it is older than what is known, or no to-do shows the upload."""
        news = cls.todos.exists() & (cls.sequencer.does_not_exist() | (cls.sequencer <= sequencer))
        actions: list[Action] = [cls.sequencer.set(sequencer), cls.touch.set(uuid4().hex)]
        return cls._change((owner, f"upload#{upload_id}"), actions, news)

    def drop(self, todos: set[str]) -> None:
        """No longer name these to-dos, unless somebody has changed the row: who did so may be about to need it."""
        if not todos:
            return
        key, same = (self.owner, self.id), self.is_untouched() & (UploadReference.version == self.version)
        with suppress(ConditionFailed):
            if todos == self.todos:
                self.write("DeleteItem", key, condition=same)
            else:
                self._change(key, [UploadReference.todos.delete(todos), UploadReference.touch.set(uuid4().hex)], same)

    def is_untouched(self) -> Condition:
        """Holds while nothing but claims has come to the row since it was read."""
        # By chance, not by number: a row that was dropped and made anew counts from the start.
        same: Condition = UploadReference.touch == self.touch
        return same

    @classmethod
    def _change(cls, key: tuple[str, str], actions: list[Action], condition: Condition) -> Self:
        actions = [*actions, cls.version.add(1)]
        answer = cls.write("UpdateItem", key, actions=actions, condition=condition, return_values="ALL_NEW")
        return cls.from_raw_data(answer["Attributes"])
