"""What staff may do: settings.GROUP_PERMISSIONS, by their groups in Cognito."""

from dynamo.admin.backends import GroupsBackend


class CognitoGroups(GroupsBackend):
    """Permissions only. Nobody signs in by name and password here, and no one is looked up by id: see session.py."""

    def get_user(self, user_id: object) -> None:
        """None: who is signed in stands in the session alone."""
