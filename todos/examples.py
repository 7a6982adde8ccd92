"""Examples in the API's description."""

_ID = "019a9d11-7f0e-7a31-8c44-2b5d6e7f8091"
_UPLOAD = "019a9d0e-3c1b-7d42-9f55-6a7b8c9d0e1f"

NEW_TODO = {"title": "Buy milk"}

_BEFORE = {
    "title": "Renew the passport",
    "notes": "Photo: **35 by 45 mm**, no smile.\n\n- old passport\n- 37.50 in cash",
    "completed": False,
}
_AFTER = {
    "due": "2030-01-31",
    "repeat": "FREQ=YEARLY;INTERVAL=10",
    "remind": 1440,
    "priority": 2,
    "tags": ["travel", "papers"],
    "order": 1500.5,
    "list": "errands",
}

FULL_INPUT = {**_BEFORE, **_AFTER, "attachments": [_UPLOAD]}

# In the order of an answer's fields.
TODO = {
    "id": _ID,
    "url": f"https://api.example.com/api/todos/{_ID}/",
    **_BEFORE,
    "completed_at": None,
    **_AFTER,
    "attachments": [
        {
            "id": _UPLOAD,
            "name": "photo.jpg",
            "content_type": "image/jpeg",
            "size": 2_481_733,
            "status": "ready",
            "reason": None,
            "width": 4032,
            "height": 3024,
            "url": f"https://api.example.com/api/media/uploads/{_UPLOAD}/",
        }
    ],
    "created_at": "2030-01-02T10:15:30.123Z",
    "updated_at": "2030-01-03T07:00:00.500Z",
    "version": 3,
}

DELETED = {"id": _ID, "deleted": True, "version": 4, "updated_at": "2030-01-04T18:30:00.250Z"}

BINNED = {**TODO, "deleted_at": "2030-01-04T18:30:00.250Z"}

LIST_INPUT = {"name": "Errands", "color": "green", "order": 2}

LIST = {
    "kind": "list",
    "id": "errands",
    "url": "https://api.example.com/api/todos/lists/errands/",
    "name": "Errands",
    "color": "green",
    "order": 2,
    "updated_at": "2030-01-03T07:00:00.500Z",
    "deleted_at": None,
    "version": 1,
}
