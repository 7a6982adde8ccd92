"""Software updates: files in a bucket behind CloudFront, and commands for whoever publishes them. No function."""

from serverless.service import Service

SERVICE = Service(
    name="updates",
    title="Software updates",
    buckets=("UpdatesBucket",),
    outputs={"UPDATES_BUCKET": "UpdatesBucket"},
)
