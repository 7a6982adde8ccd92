"""Live updates: signed-in pages hear over a WebSocket that something of theirs changed, and then ask what."""
