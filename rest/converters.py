"""Parts of addresses: import this module to write `<any_uuid:id>` or `<any_text:id>` in a urlconf."""

from django.urls import register_converter
from django.urls.converters import StringConverter


class AnyUUID(StringConverter):
    """A UUID in either case: Swift's and Windows' tools write upper case. Kept and answered in lower case."""

    regex = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"

    def to_python(self, value: str) -> str:
        return value.lower()


class AnyText(StringConverter):
    """A text with slashes, which servers decode, and ends of lines, which Django's `path` does not take."""

    regex = r"[\s\S]+"


register_converter(AnyText, "any_text")
register_converter(AnyUUID, "any_uuid")
