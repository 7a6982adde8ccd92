"""`make bench`: the product and its peers, interleaved, as tables; the figures go into docs/performance.md.

Times are CPU of the handler, and ratios of medians are what to look at: they hold on a busy machine, too.
"""

import argparse

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.workers import STACKS, Worker, workers

console = Console(width=120)

# Column -> what the worker is asked for.
WARM = {
    "list of 25": {"operation": "list"},
    "create": {"operation": "create"},
    "get": {"operation": "get"},
    "25 posts": {"operation": "posts"},
    "a post": {"operation": "post"},
}
GOALS = {"list of 25": 0.20, "create": 0.45, "get": 0.25}
BATCH = 40


def main() -> None:
    """Measure what is asked for and print it."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=12, help="of 40 calls of each operation by each stack")
    parser.add_argument("--stacks", default=",".join(STACKS))
    options = parser.parse_args()
    console.print(warm(options.stacks.split(","), options.rounds))


def warm(stacks: list[str], rounds: int) -> Table:
    """Microseconds a warm request takes each stack, and how that compares to the first one's."""
    with workers(stacks) as running:
        for worker in running.values():  # caches and the interpreter's specialisation
            for asked in WARM.values():
                worker.ask("warm up", 60, **asked)
        for _ in track(range(rounds), "Warm requests", console=console, transient=True):
            for label, asked in WARM.items():
                for name, worker in running.items():
                    worker.ask(label, BATCH, **asked)
                    if name == "product" and asked["operation"] in {"list", "create", "get"}:
                        worker.ask(f"{label}, new token", BATCH // 4, fresh=True, **asked)
        return warm_table(running)


def warm_table(running: dict[str, Worker]) -> Table:
    """A row for each stack: microseconds, and the share of Chalice's."""
    table = Table("warm request, µs of CPU", *WARM)
    first = next(iter(running.values()))
    for name, worker in running.items():
        table.add_row(STACKS[name], *(_cell(worker.median(label), first.median(label)) for label in WARM))
        if name == "product":
            labels = [f"{label}, new token" for label in WARM]
            table.add_row(
                "  with a token never seen",
                *(
                    _cell(worker.median(own), first.median(label)) if own in worker.times else ""
                    for own, label in zip(labels, WARM, strict=True)
                ),
            )
    table.add_row("  goal", *(f"{GOALS[label]:.2f}" if label in GOALS else "" for label in WARM))
    return table


def _cell(microseconds: float, base: float) -> str:
    return f"{microseconds:.0f}  {microseconds / base:.2f}"


if __name__ == "__main__":
    main()
