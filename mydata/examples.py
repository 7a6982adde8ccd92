"""Examples of the API's description; a test compares them."""

ERASURE_INPUT = {"id_token": "eyJraWQiOiJ.eyJzdWIiOiI.c2lnbmF0dXJl"}
ERASURE = {"requested_at": "2030-01-02T10:15:30.123Z"}
EXPORT = {
    "state": "ready",
    "requested_at": "2030-01-02T10:15:30.123Z",
    "finished_at": "2030-01-02T10:15:41.456Z",
    "progress": 100,
    "size": 5314200,
    "left_out": 0,
    "expires_at": "2030-01-09T10:15:41.000Z",
    "url": "https://uploads.s3.us-east-1.amazonaws.com/exports/ann/1.zip?X-Amz-Signature=0",
}
IMPORT = {
    "state": "ready",
    "requested_at": "2030-01-02T10:15:30.123Z",
    "finished_at": "2030-01-02T10:15:41.456Z",
    "made": 41,
    "there": 3,
    "refused": 1,
    "reason": None,
    "lines": [{"line": 17, "title": "", "result": "refused", "reason": "title: It needs a visible character."}],
    "upload": None,
}
IMPORT_ASKED = {
    **IMPORT,
    "state": "asked",
    "finished_at": None,
    "made": 0,
    "there": 0,
    "refused": 0,
    "lines": [],
    "upload": {
        "url": "https://uploads.s3.us-east-1.amazonaws.com/",
        "fields": {"key": "imports/ann/1", "policy": "eyJleHBpcmF0aW9uIjoi", "x-amz-signature": "0"},
    },
}
