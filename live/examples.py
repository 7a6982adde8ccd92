"""Examples of the API's description; a test sends and compares them."""

_TICKET = "dGhpcyBpcyBhIHRpY2tldCBmb3Igb25lIGNvbm5lY3Rpb24"
TICKET = {"url": f"wss://todo.example.com/live?ticket={_TICKET}", "expires_in": 30}
