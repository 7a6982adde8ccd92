"""Runs in the tools' own virtual environment: a SAM template as JSON on stdin, what AWS makes of it on stdout.

It is the transformation CloudFormation does, in AWS's own package. A template it refuses ends with its reason.
"""

import json
import sys

from samtranslator.public.exceptions import InvalidDocumentException
from samtranslator.translator.transform import transform


class NoManagedPolicies:
    """The template names AWS's policies by ARN, so that no name has to be looked up in an account."""

    def load(self) -> dict[str, str]:
        """Names and ARNs."""
        return {}


if __name__ == "__main__":
    try:
        json.dump(transform(json.load(sys.stdin), {}, NoManagedPolicies()), sys.stdout)
    except InvalidDocumentException as error:
        sys.exit(str([cause.message for cause in error.causes]))
