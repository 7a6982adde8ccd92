"""Imported before commands are forked: what they ask of AWS is described already."""

from tests import botocore_models

botocore_models.keep()
botocore_models.read_before()
