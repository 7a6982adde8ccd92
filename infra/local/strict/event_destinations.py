"""Topics that SES tells of mail: it says so there once, in a text that isn't JSON like all that follows.

The text is in no page of AWS's documentation; people who got it give it in ope-tech/laravel-ses, issue 10, and others.
"""

from collections.abc import Mapping
from types import ModuleType
from typing import Any

GREETING = "Successfully validated SNS topic for Amazon SES event publishing."


def install(ses_v2: ModuleType, sns: ModuleType) -> None:
    """Have SES greet the topic of a new event destination."""
    put = ses_v2._put_event_destination

    def put_event_destination(name: str, destination: str, definition: Mapping[str, Any], *, create: bool) -> Any:
        error = put(name, destination, definition, create=create)
        if create and not error and "SnsDestination" in definition:
            sns.publish_internal(
                definition["SnsDestination"]["TopicArn"], GREETING, "Amazon SES Email Event Notification"
            )
        return error

    vars(ses_v2).update(_put_event_destination=put_event_destination)
