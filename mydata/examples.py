"""Examples of the API's description; a test compares them."""

ERASURE_INPUT = {"id_token": "eyJraWQiOiJ.eyJzdWIiOiI.c2lnbmF0dXJl"}
ERASURE = {"requested_at": "2030-01-02T10:15:30.123Z"}
