"""What an operator may run in the function: management commands, and what a list names."""

from typing import Any, TextIO

import pytest
from django.core.management.base import CommandError

from config.lambda_handler import COMMANDS, CommandFailed, UnroutedEvent, handler


def test_it_runs_a_management_command_and_logs_its_output(capsys: pytest.CaptureFixture[str]) -> None:
    answer = handler({"manage": "check --fail-level WARNING"}, None)
    assert "no issues" in answer
    assert capsys.readouterr().out == answer


def test_a_command_that_is_wrong_fails_with_what_it_said() -> None:
    with pytest.raises(CommandError, match="unrecognized arguments: --nonsense"):
        handler({"manage": "check --nonsense"}, None)


def test_a_command_that_ends_by_itself_ends_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def end(*arguments: str, stdout: TextIO, **options: Any) -> None:
        stdout.write("the reason")
        raise SystemExit(int(arguments[1]))

    monkeypatch.setattr("django.core.management.call_command", end)
    assert handler({"manage": "end 0"}, None) == "the reason"
    with pytest.raises(CommandFailed, match="'end 3' ended with 3: the reason"):
        handler({"manage": "end 3"}, None)


def test_it_runs_what_the_list_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert handler({"command": "health"}, None) == ""
    assert capsys.readouterr().out == "ok\n"


@pytest.mark.parametrize("name", ["os.getcwd", "rest.health.check", "", None])
def test_it_runs_nothing_else(name: str | None) -> None:
    with pytest.raises(UnroutedEvent, match=str(sorted(COMMANDS)).replace("[", r"\[")):
        handler({"command": name}, None)


def test_it_runs_no_python_it_is_sent() -> None:
    with pytest.raises(UnroutedEvent):
        handler({"raw_command": "print('hello')"}, None)
