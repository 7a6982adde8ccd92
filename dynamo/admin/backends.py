"""Permissions by group: what people who sign in elsewhere may do.

settings.GROUP_PERMISSIONS says what each group may: {"editors": {"blog.view_post", "blog.change_post"}}.
"""

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import BaseBackend


class GroupsBackend(BaseBackend):
    """Permissions by group name. Who signs in, and how `get_user` finds them again, is a subclass's or a session's."""

    def get_group_permissions(self, user_obj: object, obj: object = None) -> set[str]:
        """All that the user's groups may."""
        allowed: dict[str, set[str]] = getattr(settings, "GROUP_PERMISSIONS", {})
        return {name for group in getattr(user_obj, "group_names", ()) for name in allowed.get(group, ())}

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Whether the admin's index shows an app. Django's BaseBackend has no such method."""
        return any(name.partition(".")[0] == app_label for name in self.get_all_permissions(user_obj))
