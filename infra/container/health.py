"""Whether the server of this container answers: `python -m infra.container.health` ends with 0 if it does."""

import os
import sys
from http.client import HTTPConnection, HTTPException


def is_healthy() -> bool:
    """Asked as the site's first host name, since Django answers to no other; two seconds at most."""
    host = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".*") or "localhost"
    connection = HTTPConnection("127.0.0.1", int(os.environ.get("PORT", "8000")), timeout=2)
    try:
        connection.request("GET", "/api/health/", headers={"Host": host})
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(not is_healthy())
