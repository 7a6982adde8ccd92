"""`make bench`: the product and its peers, interleaved, as tables; the figures go into docs/performance.md.

Times are CPU of the handler, and ratios of medians are what to look at: they hold on a busy machine, too.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from statistics import mean, median
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks import growth, node_peer, pictures, servers
from benchmarks.costs import costs
from benchmarks.fixtures import PAGES
from benchmarks.packages import package
from benchmarks.workers import PROJECT_DIR, STACKS, Worker, cold_start, environment, workers
from infra.deploy.deployment import SERVICES

console = Console(width=120)
PAGE = PROJECT_DIR / "docs" / "performance.md"
BEGIN, END = "<!-- make bench: {} -->\n", "<!-- end of the figures -->\n"

# Column -> what the worker is asked for.
WARM = {
    "list of 25": {"operation": "list"},
    "create": {"operation": "create"},
    "get": {"operation": "get"},
    "25 posts": {"operation": "posts"},
    "a post": {"operation": "post"},
}
FLOOR = "an empty answer of Django"
WARM_LIMIT = 25  # ms of the 30 that docs/deploy.md's costs assume of a request; DynamoDB takes some of them
COLD_LIMITS = (1.3, 3.0)  # a page's, and the admin's, whose first page a few people a day wait for
SIGNED = ("list of 25", "create", "get")
GOALS = {"list of 25": 0.21, "create": 0.45, "get": 0.30}
BATCH = 40
WARM_UP = {"node": 500}  # calls of each operation, 2,500 in all: until its compiler has seen them
FIRST = 100


@dataclass(frozen=True)
class Figures:
    """A table: the first row names its columns."""

    title: str
    rows: list[list[str]]

    def table(self) -> Table:
        """For the terminal."""
        table = Table(*self.rows[0], title=self.title, title_justify="left")
        for row in self.rows[1:]:
            table.add_row(*row)
        return table

    def markdown(self) -> str:
        """For the page."""
        head, *rows = ["| " + " | ".join(row) + " |\n" for row in self.rows]
        return f"\n{self.title}\n\n{head}|{'---|' * len(self.rows[0])}\n{''.join(rows)}"


def main() -> None:
    """Measure, print, and write into the page what was measured beside all peers."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=12, help="of 40 calls of each operation by each stack")
    parser.add_argument("--stacks", default=",".join(STACKS), help="some of the stacks, and warm requests alone")
    parser.add_argument("--parts", default=",".join(USUAL), help=f"some of the tables: {', '.join(PARTS)}")
    parser.add_argument(
        "--growth", type=int, default=1_000_000, metavar="ROWS", help="for the part growth: ten minutes"
    )
    options = parser.parse_args()
    stacks, parts = options.stacks.split(","), options.parts.split(",")
    everybody = stacks == list(STACKS)
    for part in parts if everybody else ["warm"]:
        figures = PARTS[part](options)
        console.print(figures.table())
        if everybody and (part != "pictures" or pictures.has_sharp()):
            write(part, figures)


def warm(options: argparse.Namespace) -> Figures:
    """Microseconds a warm request takes each stack, and how that compares to the first one's."""
    with workers(options.stacks.split(",")) as running:
        for name, worker in running.items():  # caches and the interpreter's specialisation
            for asked in WARM.values():
                worker.ask("warm up", WARM_UP.get(name, 60), **asked)
        for _ in track(range(options.rounds), "Warm requests", console=console, transient=True):
            ask_all(running)
        rows = list(warm_rows(running))
    if {"node", "product"} <= running.keys():
        ratios = (running["product"].median(label) / running["node"].median(label) for label in WARM)
        rows.insert(-1, ["this project's share of Node.js'", *map("{:.2f}".format, ratios)])
        rows[-1:-1] = [[f"the first {FIRST} calls: {STACKS[name]}", *first_calls(name)] for name in ("node", "product")]
    return Figures("Warm request: µs of CPU in the handler, and its share of Chalice's", rows)


def first_calls(stack: str) -> Iterator[str]:
    """The mean of each operation's first calls, in a process of its own."""
    for label, asked in WARM.items():
        with workers([stack]) as running:
            running[stack].ask(label, FIRST, **asked)
            yield f"{mean(running[stack].times[label]):.0f}"


def ask_all(running: dict[str, Worker]) -> None:
    """One round: each operation by each stack in turn."""
    for label, asked in WARM.items():
        for name, worker in running.items():
            worker.ask(label, BATCH, **asked)
            if name == "product" and label in SIGNED:
                worker.ask(f"{label}, new token", BATCH // 4, fresh=True, **asked)


def warm_rows(running: dict[str, Worker]) -> Iterator[list[str]]:
    """A row for each stack."""
    yield ["stack", *WARM]
    first = next(iter(running.values()))
    for name, worker in running.items():
        yield [STACKS[name], *(_cell(worker.median(label), first.median(label)) for label in WARM)]
        if name == "product":
            fresh = (_cell(worker.median(f"{label}, new token"), first.median(label)) for label in SIGNED)
            yield ["the same, each token seen first", *fresh, *[""] * (len(WARM) - len(SIGNED))]
    yield ["goal", *(f"{GOALS[label]:.2f}" if label in GOALS else "" for label in WARM)]


def requests(_: argparse.Namespace) -> Figures:
    """What each request asks of DynamoDB and sends."""
    with workers(["product"]) as running:
        return Figures("DynamoDB and bytes", costs(running["product"].facts))


def cold(options: argparse.Namespace) -> Figures:
    """Milliseconds and MiB to the first answer, in fresh processes; the product as it is packed for Lambda."""
    todos = ("todos",)
    stacks = [name for name in STACKS if name != "product" and (name != "node" or node_peer.is_there())]
    starts: dict[str, tuple[Any, ...]] = {
        **{STACKS[name]: (name,) for name in stacks},
        "an empty answer of Python": ("empty_python",),
        FLOOR: ("empty_django",),
        f"this project, package of {package(SERVICES).megabytes:.1f} MB": ("product",),
        f"MyTodoList alone, package of {package(todos).megabytes:.1f} MB": ("product", todos),
    }
    medians = cold_medians(starts, options.rounds)
    base, floor = next(iter(medians.values()))[0], medians[FLOOR][0]
    rows = [
        [label, _cell(cpu, base), f"{cpu / floor:.2f}", f"{memory:.0f}"] for label, (cpu, memory) in medians.items()
    ]
    head = ["stack", "ms of CPU, and share of Chalice's", "of an empty Django's", "MiB"]
    return Figures("Cold start to the first answer", [head, *rows])


def cold_medians(starts: Mapping[str, tuple[Any, ...]], rounds: int) -> dict[str, list[float]]:
    """Median milliseconds and MiB of each start, in turn with the others; a start is what cold_start takes."""
    times: dict[str, list[tuple[float, float]]] = {label: [] for label in starts}
    for _ in track(range(max(3, rounds // 3)), "Cold starts", console=console, transient=True):
        for label, start in starts.items():
            times[label].append(cold_start(*start))
    return {label: [median(column) for column in zip(*taken, strict=True)] for label, taken in times.items()}


def pages(options: argparse.Namespace) -> Figures:
    """What a person waits for: warm, and the first of a process beside the API's first answer."""
    with workers(["product"]) as running:
        for _ in track(range(options.rounds), "Pages", console=console, transient=True):
            for page in PAGES:
                running["product"].ask(page, 10, operation=page)
        warm = {page: running["product"].median(page) / 1000 for page in PAGES}
    starts = {page: ("product", SERVICES, page) for page in ("list", *PAGES)}
    medians = {page: cpu for page, (cpu, _) in cold_medians(starts, options.rounds).items()}
    rows = [
        [page, f"{warm[page]:.1f} of {WARM_LIMIT}", f"{medians[page]:.0f}",
         f"{medians[page] / medians['list']:.2f} of {COLD_LIMITS[page.startswith('admin')]}"]
        for page in PAGES
    ]  # fmt: skip
    head = ["page", "ms of CPU, warm, and the limit", "cold", "share of a list's cold start, and the limit"]
    return Figures("Pages, and the admin's as an administrator sees them", [head, *rows])


def drawn(options: argparse.Namespace) -> Figures:
    """Thumbnails, beside sharp's."""
    return Figures("Three thumbnails of a JPEG of 12 megapixels", pictures.compared(options.rounds))


def served(_: argparse.Namespace) -> Figures:
    """What one process of a server answers on this machine."""
    title = "A list of 25 to-dos over 127.0.0.1, DynamoDB stubbed; the client runs on the same machine"
    return Figures(title, list(servers.compared()))


def grown(options: argparse.Namespace) -> Figures:
    """What a page costs among many rows of others."""
    command = [sys.executable, "-m", "benchmarks.growth", str(options.growth)]
    done = subprocess.run(command, cwd=PROJECT_DIR, env=environment(), stdout=subprocess.PIPE, check=True)
    return Figures(growth.title(options.growth), json.loads(done.stdout))


PARTS: dict[str, Callable[[argparse.Namespace], Figures]] = {
    "warm": warm, "requests": requests, "cold": cold, "pages": pages, "pictures": drawn, "servers": served,
    "growth": grown,
}  # fmt: skip
USUAL = [part for part in PARTS if part != "growth"]  # which fills a table for minutes


def write(part: str, figures: Figures) -> None:
    """Put a part's figures between its marks of the page."""
    before, begin, rest = PAGE.read_text().partition(BEGIN.format(part))
    assert begin, f"{PAGE} has no place for {part}."
    _, end, after = rest.partition(END)
    PAGE.write_text(f"{before}{begin}{figures.markdown()}\n{end}{after}")


def _cell(value: float, base: float) -> str:
    return f"{value:.0f} · {value / base:.2f}"


if __name__ == "__main__":
    main()
