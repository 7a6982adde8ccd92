"""What `make offload-report` says of an access log."""

import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.offload.__main__ import main
from infra.offload.logs import parse, read
from infra.offload.report import lines_of, report
from infra.offload.rules import rules

ALB = (
    "https 2026-11-28T10:00:0{second}.186641Z app/updates/50dc6c49 192.0.2.1:2817 10.0.0.1:80 0.086 0.048 0.037 "
    '{status} {status} 0 {size} "GET https://updates.example.com:443{path} HTTP/2.0" "Updater/1 \\"x\\"" cipher '
    'TLSv1.2 arn:aws:x "Root=1-58337281" "updates.example.com" "-" 1 2026-11-28T10:00:00Z "forward" "-" "-"'
)


def combined(path: str, *, minute: int = 0, method: str = "GET", status: int = 200, size: int = 1000) -> str:
    """A line of Apache or nginx."""
    at = f"28/Nov/2026:10:{minute:02}:00 +0000"
    return f'192.0.2.1 - frank [{at}] "{method} {path} HTTP/1.1" {status} {size} "https://example.com/" "Updater/1.0"'


def of(*lines: str, **paths: str) -> str:
    """The report of these lines."""
    return "\n".join(lines_of(report((parse(line) for line in lines), rules(paths))))


@pytest.mark.parametrize(
    "line",
    [
        combined("/App-1.4.0.dmg?a=b", status=206),
        '2001:db8::1 - - [28/Nov/2026:11:00:00 +0100] "GET /App-1.4.0.dmg?a=b HTTP/1.1" 206 1000',
        ALB.format(second=0, status=206, size=1000, path="/App-1.4.0.dmg?a=b"),
    ],
)
def test_it_reads_both_formats(line: str) -> None:
    found = parse(line)
    assert found
    assert (found.method, found.path, found.query, found.status, found.size) == (
        "GET",
        "/App-1.4.0.dmg",
        "a=b",
        206,
        1000,
    )
    assert f"{found.at:%H:%M %Z}" == "10:00 UTC"


@pytest.mark.parametrize("line", ["", "no log", combined("/x y z"), combined("/x").replace("Nov", "Nox"), '"' * 40])
def test_a_line_that_is_none_is_counted(line: str) -> None:
    assert parse(line) is None
    if line:
        assert "1 lines are in neither format" in of(line, combined("/App-1.4.0.dmg"))


def test_it_says_what_would_be_saved() -> None:
    """Four downloads of a versioned file cost one, of one that moves one for each time it has changed."""
    lines = [combined("/App-1.4.0.dmg", minute=minute, size=500) for minute in range(4)]
    lines += [combined("/App.dmg", minute=minute // 2) for minute in range(4)]
    found = report((parse(line) for line in lines), rules({}))
    groups = {rule.pattern: group for rule, group in found.groups.items()}
    versioned, moving = groups["*.*.*.dmg"], groups["*.dmg"]
    assert (versioned.requests, versioned.sent, versioned.origin_requests, versioned.origin_sent) == (4, 2000, 1, 500)
    assert (moving.requests, moving.sent, moving.origin_requests, moving.origin_sent) == (4, 4000, 2, 1000)


def test_it_says_what_is_not_kept_and_why() -> None:
    said = of(
        combined("/check", method="POST"),
        combined("/private-1.2.3.dmg", status=403),
        combined("/none-1.2.3.dmg", status=404),
        combined("/App-1.2.3.dmg", method="PUT"),
    )
    assert "no rule keeps this path\n           1  /check" in said
    assert "needs a login" in said
    assert "answers of status 404" in said
    assert "PUT always goes to the origin" in said


def test_a_file_that_changes_under_a_versioned_name_is_named() -> None:
    sizes = (1000, 1000, 2000, 2000)
    assert "Probably changed" in of(*(combined("/App-1.4.0.dmg", size=size) for size in sizes))
    broken_off = (1000, 1000, 1000, 411)
    assert "Probably changed" not in of(*(combined("/App-1.4.0.dmg", size=size) for size in broken_off))


def test_a_redirect_that_would_be_kept_for_a_year_is_named() -> None:
    kept = of(combined("/App-1.4.0.dmg", status=302, size=0), combined("/App.dmg", status=302, size=0))
    assert kept.partition("Led elsewhere, for a year")[2].split()[-1] == "/App-1.4.0.dmg"
    assert "status 302" not in kept
    assert "answers of status 307 are not kept" in of(combined("/App-1.4.0.dmg", status=307))


def test_it_says_what_it_costs() -> None:
    """A month of 10 TB in 10 million requests: nine are paid for behind CloudFront, ten without it."""
    found = report([parse(combined("/App-1.4.0.dmg"))], rules({}))
    [group] = found.groups.values()
    hours = 30 * 24
    group.requests, group.sent = 10_000_000 // hours, 10_000_000_000_000 // hours
    before, after = found.dollars()
    assert (round(before), round(after)) == (900, 765)


def test_the_command_reads_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain, packed = tmp_path / "a.log", tmp_path / "b.log.gz"
    plain.write_text(combined("/appcast.xml") + "\n")
    packed.write_bytes(gzip.compress(ALB.format(second=1, status=200, size=5, path="/App-1.4.0.dmg").encode()))
    assert [each.path for each in read([str(plain), str(packed)]) if each] == ["/appcast.xml", "/App-1.4.0.dmg"]
    origin = "https://origin.example.com"
    assert main(["report", origin, "--moving", "/appcast.xml", str(plain), str(packed)]) == 0
    assert "/appcast.xml" in capsys.readouterr().out
    assert main(["report", origin, str(tmp_path / "none.log")]) == 1
    assert "none.log" in capsys.readouterr().err


def test_a_log_that_breaks_off_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "broken.log.gz"
    whole = gzip.compress(combined("/App-1.4.0.dmg").encode())
    for content in (whole[:-9], whole[:9], whole[:20] + b"x" * 20 + whole[40:], b"no gzip"):
        broken.write_bytes(content)
        assert main(["report", "https://origin.example.com", str(broken)]) == 1
        assert "broken.log.gz is no whole gzip file" in capsys.readouterr().err


def test_a_log_on_standard_input_may_have_bytes_of_any_encoding() -> None:
    lines = combined("/App-1.4.0.dmg").replace("Updater", "Aktualisierer für").encode("latin-1")
    command = [sys.executable, "-m", "infra.offload", "report", "https://origin.example.com", "-"]
    done = subprocess.run(
        command, input=lines, env={**os.environ, "PYTHONIOENCODING": "utf-8:strict"}, capture_output=True, check=True
    )
    assert b"1 requests, 1.0 kB" in done.stdout


def test_a_path_may_begin_with_two_slashes() -> None:
    found = parse(combined("//releases/App-1.4.0.dmg?a=b"))
    assert found
    assert (found.path, found.query) == ("//releases/App-1.4.0.dmg", "a=b")


def test_an_empty_log_is_said() -> None:
    assert of() == "No line of the log is in the combined format or an ALB's."
