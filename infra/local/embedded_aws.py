"""The embedded AWS's own process: MiniStack, and what it lacks to be relied on through crashes and restarts.

Run as `python -m infra.local.embedded_aws` with MiniStack's environment (GATEWAY_PORT, STATE_DIR ...); it

- ends with its parent, its data saved;
- saves its data every few seconds (persistence.py), where MiniStack saves when it ends and loses all to a `kill -9`;
- saves the records of streams beside the positions read so far, where MiniStack saves the positions alone, and so
  after a restart passes over as many new records as had been read before;
- answers no page of another site that a browser on this machine has open;
- delivers at once, after a restart, the messages that were being handled, where MiniStack waits six minutes;
- delivers what comes into a queue that was made at another port, where MiniStack leaves it there for ever;
- parses a condition once, where MiniStack parses it for each item it may hold for: a Query among 100,000 items takes a
  third of the time;
- parses templates by libyaml, where MiniStack does so in Python: half of what a deployment costs here;
- refuses what AWS refuses, and fails as AWS may (strict/);
- keeps each mail that SES accepted as it was asked for, where MiniStack forgets its headers, and all mail at its
  end; and mail of Cognito;
- tells the topic of a mail's configuration set that mail to SES's simulator bounced or was called spam.
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
