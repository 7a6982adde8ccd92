"""What a user's Cognito groups allow. Refused without a token: 401; with one: 403."""

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.users import User


class IsEditor(BasePermission):
    """Members of `editors`, and of the groups that include it."""

    message = "Only editors may do this."

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Whether the request comes from an editor."""
        user: object = request.user
        return isinstance(user, User) and user.is_editor
