"""Uploads as `media` knows them, asked for by REST in the name of the user."""

from typing import NamedTuple

from rest import client, problems
from todos.attachments import Attachment
from todos.services import UploadNotFound, read_attachment


class MediaUploads(NamedTuple):
    """One request to media for each; `authorization` is the user's own header."""

    authorization: str

    def find(self, upload_id: str) -> Attachment:
        """What media says of it now. Raises UploadNotFound, and problems if media refuses or does not answer."""
        try:
            found = client.get("media", f"/api/media/uploads/{upload_id}/", self.authorization)
        except problems.NotFound:
            raise UploadNotFound(upload_id) from None
        return read_attachment(found, status=found["status"], as_of=found["updated_at"])
