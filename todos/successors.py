"""What goes with completing or reopening a to-do that repeats: the next one, which is made or taken away."""

from datetime import datetime
from typing import NamedTuple

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from todos.models import Todo, Values, delete_actions, put_actions
from todos.repetition import next_id, next_of

_IS_OPEN: Condition = Todo.completed == False  # noqa: E712  # builds a condition


class Successor(NamedTuple):
    """A write of the next to-do: its id, `values` to make it of, None to take it away, and what has to hold before."""

    id: str
    values: Values | None
    condition: Condition

    def applies_to(self, row: Todo | None) -> bool:
        """Whether the next one, as it was read, has to be written: not if it is there, or no longer as it was made."""
        is_live = row is not None and not row.is_deleted
        if self.values is not None:
            return not is_live
        return is_live and row is not None and row.as_made == row.version and not row.completed

    def actions(self, at: datetime) -> list[Action]:
        """The update of its row."""
        if self.values is None:
            return delete_actions(at)
        return [*put_actions(self.values, at), Todo.as_made.set((Todo.version | 0) + 1)]


def leaves_successors(values: Values) -> Condition | None:
    """Holds where a change to these values goes with no other to-do; None if it never does."""
    has_no_rule: Condition = Todo.repeat.does_not_exist() | (Todo.repeat == "")
    if values.get("completed") is False:
        leaves: Condition = Todo.created_at.does_not_exist() | _IS_OPEN | has_no_rule
        return leaves
    if "completed" not in values or values.get("repeat") == "":
        return None
    leaves = Todo.created_at.does_not_exist() | (Todo.completed == True)  # noqa: E712  # builds a condition
    return leaves if "repeat" in values else leaves | has_no_rule


def turns(todo: Todo | None, values: Values) -> bool:
    """Whether this change completes or reopens a to-do that repeats."""
    if todo is None or todo.is_deleted or values.get("completed", todo.completed) == todo.completed:
        return False
    return bool(todo.repeat if todo.completed else values.get("repeat", todo.repeat))


def successor(todo: Todo, values: Values, at: datetime) -> Successor | None:
    """What happens to the next one where `turns` is true; None for the last."""
    followed_by = next_id(todo.id)
    if todo.completed:
        # As it was made: what somebody has changed meanwhile stays.
        is_as_made = (Todo.as_made == Todo.version) & _IS_OPEN
        return Successor(id=followed_by, values=None, condition=is_as_made)
    # A PUT may leave the place to the row.
    place: Values = {} if isinstance(values.get("order"), int | float) else {"order": todo.order}
    whole: Values = {**todo.values, **values, **place}
    found = next_of(whole["repeat"], whole["due"], at)
    if found is None:
        return None
    following: Values = {**whole, "completed": False, "due": found.due, "repeat": found.rule}
    return Successor(id=followed_by, values=following, condition=Todo.created_at.does_not_exist())
