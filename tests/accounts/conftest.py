"""Browsers of the admin, and a table of notes to edit in it. Django is set up only after this file is read."""

import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.accounts.editor import Editor
    from tests.live import LiveServer


@pytest.fixture
def editor(live_server: "LiveServer") -> "Editor":
    from tests.accounts.editor import Editor

    return Editor(live_server.url)


@pytest.fixture
def other(live_server: "LiveServer") -> "Editor":
    """Another browser."""
    from tests.accounts.editor import Editor

    return Editor(live_server.url)


@pytest.fixture(scope="module")
def table_of_notes() -> Iterator[None]:
    from tests.accounts import notes

    with notes.installed():
        yield


@pytest.fixture
def note(table_of_notes: None) -> str:
    """The id of a stored note."""
    from tests.accounts import notes

    made = notes.NoteItem(uuid.uuid4().hex, text="As it was.").create()
    return str(made.id)
