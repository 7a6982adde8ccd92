"""What members of the user pool's groups may do, by the names of Django's permissions: `blog.publish_post`.

settings.GROUP_PERMISSIONS is the one rule; the API and the admin both hold to it.
"""

from django.conf import settings

# Members may do everything.
ADMINS = "admins"


def groups_with(permission: str) -> list[str]:
    """The groups whose members may do this."""
    return [*(group for group, allowed in settings.GROUP_PERMISSIONS.items() if permission in allowed), ADMINS]


def refusal(what: str, permission: str) -> str:
    """Why somebody may not: `what` is for these groups alone."""
    return f"{what} is for members of {' or '.join(groups_with(permission))}."
