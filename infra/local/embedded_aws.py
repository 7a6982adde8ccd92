"""The embedded AWS's own process: MiniStack, and what it lacks to be relied on through crashes and restarts.

Run as `python -m infra.local.embedded_aws` with MiniStack's environment (GATEWAY_PORT, STATE_DIR ...). It ends with its
parent, its data saved; patched.py, persistence.py, same_site_guard.py and strict/ are what it lacks.
"""

import os
import sys
from pathlib import Path

from infra.local.processes import Lock, end_with_parent


def main() -> None:
    """Run until SIGTERM."""
    end_with_parent()
    state_dir = Path(os.environ["STATE_DIR"])
    lock = Lock(state_dir / "lock")
    if not lock.take(port=int(os.environ["GATEWAY_PORT"])):
        sys.exit(f"another embedded AWS (process {lock.holder().get('pid')}) uses {state_dir}")
    from infra.local.patched import serve  # with MiniStack, which takes a second to import

    serve(state_dir)


if __name__ == "__main__":
    main()
