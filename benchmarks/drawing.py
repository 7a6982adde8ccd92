"""One way to draw in a process of its own: `python -m benchmarks.drawing WAY FILE FOLDER`; drawing.js is sharp's.

It draws once into the folder, says what memory it had before it imported anything, then answers as worker.py does:
microseconds of CPU for each drawing, of all its threads.
"""

import json
import sys
import time
from pathlib import Path

from benchmarks.memory import peak


def main() -> None:
    """Draw, and answer until the input ends."""
    bare = peak()
    from media import rendering
    from media.thumbnails import make_renditions

    way, path, folder = sys.argv[1:]
    if way == "webp":
        rendering.ENCODINGS = rendering.ENCODINGS[:1]
    with Path(path).open("rb") as file:  # on disk, as workers have it: what is in memory would be counted
        for made in make_renditions(file).renditions:
            (Path(folder) / f"{made.size}.{made.suffix}").write_bytes(made.data)
        print(json.dumps({"bare": bare}), flush=True)
        for line in sys.stdin:
            taken = []
            for _ in range(json.loads(line)["times"]):
                begun = time.process_time_ns()
                make_renditions(file)
                taken.append((time.process_time_ns() - begun) / 1000)
            print(json.dumps(taken), flush=True)


if __name__ == "__main__":
    main()
