"""The log of changes, and what is shown and brought back from it."""
