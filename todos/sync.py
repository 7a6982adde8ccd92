"""Delta sync: what changed since a client last asked, and the cursor to ask with next time.

Writers' clocks differ a little and writes overtake each other, so a change may appear behind one already seen. A
cursor therefore stays LAG behind the time at which the answer was begun. A change made within that time is told twice;
a client keeps what it is told by `id` and `version`, so that costs nothing but bytes.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Self

from dynamo.errors import RawItem
from dynamo.models import now
from dynamo.queries import RawKey, dump_cursor, load_cursor
from serverless.errors import Expired
from todos.lists import is_list
from todos.models import Todo
from todos.rows import TOMBSTONE_AGE

# A write gets its time up to 5 s before it is done (two tries of 2.5 s); the rest is for clocks that differ.
LAG = timedelta(seconds=10)


class Since(NamedTuple):
    """Where a client is. It has all changes up to `moment`, None if it has nothing yet.

    Within an answer of several pages, `began` is when the first was asked for and `start` where the next one starts.
    """

    moment: datetime | None
    began: datetime
    start: RawKey | None = None

    @classmethod
    def load(cls, cursor: str, owner: str) -> Self:
        """From a cursor; an empty one has seen nothing. Raises BadCursor, or Expired if tombstones may be missing."""
        if not cursor:
            return cls(moment=None, began=now())
        known = load_cursor(cursor, _scope(owner))
        moment, began = (
            datetime.fromisoformat(text) if (text := known["since"][name]) else None for name in ("moment", "began")
        )
        if (moment or began or now()) < now() - TOMBSTONE_AGE:
            raise Expired(f"What was deleted is kept for {TOMBSTONE_AGE.days} days. Sync anew, with an empty `since`.")
        return cls(moment=moment, began=began or now(), start=known["start"] or None)

    def dump(self, owner: str) -> str:
        """As a cursor that opens for this owner alone."""
        began = self.began.isoformat() if self.start else None
        moment = self.moment.isoformat() if self.moment else None
        return dump_cursor({"since": {"moment": moment, "began": began}, "start": self.start or {}}, _scope(owner))


class Changes(NamedTuple):
    """Some changes, oldest first, or some of all to-dos at first. `following` goes on after them.

    If there is `more` now it goes on at once, else it is for later.
    """

    todos: Sequence[RawItem]
    following: Since
    more: bool


def changes(*, owner: str, since: Since, limit: int, lists: bool = False) -> Changes:
    """At most `limit` changes, in one Query; of lists only if asked for."""
    page = Todo.changed_since(owner, since.moment, lists=lists).raw_page(limit, since.start)
    more = page.next_key is not None
    following = since._replace(start=page.next_key) if more else Since(moment=since.began - LAG, began=since.began)
    shown = page.items if lists else [raw for raw in page.items if not is_list(raw)]
    return Changes(todos=shown, following=following, more=more)


def _scope(owner: str) -> str:
    return f"todos.sync?{owner}"
