"""The embedded AWS where a restore takes longer than it is from one save to the next, with every service loaded."""

import time
from typing import Any

from infra.local import persistence
from infra.local.embedded_aws import main
from infra.local.persistence import Persistence

if __name__ == "__main__":
    persistence.SAVE_SECONDS = 0.2
    read, delayed = Persistence._read, list[str]()

    def slowly(self: Persistence, service: str) -> Any:
        """The data of a service; the first one is waited for."""
        data = read(self, service)
        if not delayed:
            delayed.append(service)
            for module in self.ministack._state_map.values():
                self.ministack._get_module(module)
            time.sleep(persistence.SAVE_SECONDS + 1)
        return data

    Persistence._read = slowly  # type: ignore[method-assign]
    main()
