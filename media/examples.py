"""Examples in the API's description."""

_ID = "019a9d0e-3c1b-7d42-9f55-6a7b8c9d0e1f"
_SUB = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
_THUMBNAILS = "https://serverless-django-production-thumbnails-123456789012.s3.eu-central-1.amazonaws.com"
_UPLOADS = "https://serverless-django-production-uploads-123456789012.s3.eu-central-1.amazonaws.com"
_FOLDER = f"users/{_SUB}/2b0c1a9e-5b3a-5f0e-9c64-1f7c0f6c2f7b/0055AED6DCD90281E500000000000000"
_SIGNED = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=9f1c"

NEW_UPLOAD = {"name": "Ärger am See.jpg", "content_type": "image/jpeg", "size": 2_481_733}

READY = {
    "id": _ID,
    "name": "Ärger am See.jpg",
    "content_type": "image/jpeg",
    "size": 2_481_733,
    "status": "ready",
    "reason": None,
    "visibility": "private",
    "width": 4032,
    "height": 3024,
    "url": f"{_UPLOADS}/users/{_SUB}/{_ID}/Arger-am-See.jpg?{_SIGNED}",
    "renditions": [
        {
            "size": size,
            "width": size,
            "height": size * 3 // 4,
            "webp": f"{_THUMBNAILS}/{_FOLDER}/{size}.webp?{_SIGNED}",
            "jpeg": f"{_THUMBNAILS}/{_FOLDER}/{size}.jpg?{_SIGNED}",
        }
        for size in (1280, 640, 320)
    ],
    "created_at": "2030-01-31T09:00:00.123Z",
    "updated_at": "2030-01-31T09:00:02.345Z",
    "version": 3,
}

ASKED = {
    **READY,
    "status": "waiting",
    "width": None,
    "height": None,
    "url": None,
    "renditions": [],
    "updated_at": "2030-01-31T09:00:00.123Z",
    "version": 1,
    "upload": {
        "method": "POST",
        "url": _UPLOADS,
        "fields": {
            "key": f"users/{_SUB}/{_ID}/Arger-am-See.jpg",
            "Content-Type": "image/jpeg",
            "x-amz-algorithm": "AWS4-HMAC-SHA256",
            "x-amz-credential": "ASIAEXAMPLE/20300131/eu-central-1/s3/aws4_request",
            "x-amz-date": "20300131T090000Z",
            "x-amz-security-token": "IQoJb3JpZ2luX2Vj",
            "policy": "eyJleHBpcmF0aW9uIjogIjIwMzAtMDEtMzFUMDk6MDU6MDBaIn0=",
            "x-amz-signature": "9f1c",
        },
        "headers": {},
        "expires_at": "2030-01-31T09:05:00.000Z",
    },
}

CREDENTIALS = {
    "access_key_id": "ASIAEXAMPLE",
    "secret_access_key": "wJalrXUtnFEMI",
    "session_token": "IQoJb3JpZ2luX2Vj",
    "expiration": "2030-01-31T10:00:00.000Z",
    "bucket": "serverless-django-production-uploads-123456789012",
    "region": "eu-central-1",
    "prefix": f"users/{_SUB}/",
}
