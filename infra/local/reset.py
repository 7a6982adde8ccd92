"""`make reset`: forget all data of the local stage."""

import shutil
import sys

from config import env
from infra.local.processes import Lock


def main() -> int:
    """Remove what the local stage wrote, and nothing else LOCAL_DIR may hold; refused while it runs."""
    folder = env.local_dir()
    for lock in (Lock(folder / "lock"), Lock(folder / "aws" / "lock")):
        if holder := lock.holder():
            print(f"It is running (process {holder['pid']}): stop it first, then reset.", file=sys.stderr)
            return 1
    shutil.rmtree(folder / "aws", ignore_errors=True)
    for name in ("aws.log", "env.json", "lock"):
        (folder / name).unlink(missing_ok=True)
    print("All data of the local stage is forgotten.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
