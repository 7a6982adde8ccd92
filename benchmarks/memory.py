"""How much memory a process has had at most. Nothing else is here, to be imported first."""

from pathlib import Path


def peak(process: int | str = "self") -> float:
    """MiB at its peak. Not getrusage's, which a process inherits from the one that started it."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) / 1024
