"""What stops a command."""


class Refused(Exception):
    """Nothing that is published has changed. The message says what is wrong and what to do."""
