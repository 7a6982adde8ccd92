"""Software updates: files in a bucket behind CloudFront, commands that publish, a function that signs."""

from serverless.service import Published, Service, Worker

SERVICE = Service(
    name="updates",
    title="Software updates",
    workers=(Worker(name="updates-signer", handler="updates.signer.handler"),),
    buckets=("UpdatesBucket",),
    outputs={
        "UPDATES_BUCKET": "UpdatesBucket",
        "UPDATES_TARGETS_KEYS": "UpdatesTargetsKey",
        "UPDATES_TIMESTAMP_KEYS": "UpdatesTimestampKey",
    },
    requirements=frozenset({"tuf", "securesystemslib", "semver"}),
    aws=frozenset({"kms"}),
    published=(Published(bucket="UpdatesBucket", path="/updates/*", byte_for_byte=True),),
)
