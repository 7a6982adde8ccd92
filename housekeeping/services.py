"""Beginning a run, and going on with it: a message each."""

from config.aws import send_message
from dynamo.models import now

JOBS = ("nightly", "weekly")


def begin(job: str) -> str:
    """Have a run begin now; its name. Raises botocore's errors."""
    run = f"{now():%Y-%m-%dT%H:%M:%SZ}-{job}"
    send(run, job)
    return run


def send(run: str, job: str) -> None:
    """Have a run begin or go on. Raises botocore's errors."""
    send_message("housekeeping", {"run": run, "job": job})
