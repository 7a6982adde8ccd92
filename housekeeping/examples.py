"""Examples of the API's description; a test sends and compares them."""

RUN_INPUT = {"job": "nightly"}
RUN = {"id": "2030-01-02T10:15:30Z-nightly"}
