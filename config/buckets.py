"""Deleting files of S3 for good, whatever their names."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ErrorTypeDef, ObjectIdentifierTypeDef

# What no XML 1.0 has, and so no request that names several keys.
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def delete_versions(
    s3: "S3Client", bucket: str, objects: "Sequence[ObjectIdentifierTypeDef]"
) -> "Sequence[ErrorTypeDef]":
    """Delete at most 1000 objects for good; what S3 says of those it did not. Raises botocore's errors."""
    odd = [each for each in objects if _NOT_IN_XML.search(each["Key"])]
    for each in odd:
        s3.delete_object(Bucket=bucket, Key=each["Key"], VersionId=each.get("VersionId", "null"))
    rest = [each for each in objects if each not in odd] if odd else objects
    return s3.delete_objects(Bucket=bucket, Delete={"Objects": rest, "Quiet": True}).get("Errors", []) if rest else []
