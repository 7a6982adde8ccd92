"""What S3 copied from another region was handled there: its event means nothing here."""

import uuid

import pytest
from django.conf import settings

from config.aws import client
from tests.media.recorded import Owner, deliver
from tests.media.uploading import jpeg
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("no_events")


def bucket_elsewhere() -> str:
    """A bucket whose files S3 copies into the uploads bucket."""
    s3, name = client("s3"), f"elsewhere-{uuid.uuid4().hex}"
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_replication(
        Bucket=name,
        ReplicationConfiguration={
            "Role": "arn:aws:iam::000000000000:role/replication",
            "Rules": [
                {
                    "ID": "here",
                    "Priority": 1,
                    "Status": "Enabled",
                    "Filter": {"Prefix": ""},
                    "DeleteMarkerReplication": {"Status": "Enabled"},
                    "Destination": {"Bucket": f"arn:aws:s3:::{settings.UPLOADS_BUCKET}"},
                }
            ],
        },
    )
    return name


def copy_of(key: str) -> str:
    """The version of the copy under this key in the uploads bucket; empty before it is there."""
    found = client("s3").list_object_versions(Bucket=settings.UPLOADS_BUCKET, Prefix=key)
    return "".join(each["VersionId"] for each in found.get("Versions", []))


def test_the_event_of_a_copy_means_nothing() -> None:
    owner = Owner()
    key = f"users/{owner.sub}/photo.jpg"
    client("s3").put_object(Bucket=bucket_elsewhere(), Key=key, Body=jpeg(), ContentType="image/jpeg")
    version = until(lambda: copy_of(key), "the copy")
    assert deliver(owner.created("photo.jpg", "0055AED6DCD90281E5", version)) == []
    assert owner.uploads() == []
    assert owner.renditions() == []
    assert deliver(owner.removed("photo.jpg", "0055AED6DCD90281E6")) == []
    assert copy_of(key) == version


def test_a_file_put_here_under_the_key_of_a_copy_is_taken_in() -> None:
    owner = Owner()
    key = f"users/{owner.sub}/photo.jpg"
    client("s3").put_object(Bucket=bucket_elsewhere(), Key=key, Body=jpeg(), ContentType="image/jpeg")
    until(lambda: copy_of(key), "the copy")
    version = owner.put("photo.jpg")
    assert deliver(owner.created("photo.jpg", "0055AED6DCD90281E5", version)) == []
    assert owner.upload.status == "ready"
    assert owner.upload.object_version == version
