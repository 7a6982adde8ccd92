"""What a service refuses or can't do, said before anyone knows of HTTP: rest/errors.py makes it an answer."""


class DomainError(Exception):
    """The root. `detail` is a sentence for the person who asked; `field` is the path of a value, as `hero/upload`."""

    def __init__(self, detail: str, *, field: str = "", code: str = "invalid", retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.detail, self.field, self.code, self.retry_after = detail, field, code, retry_after


class InvalidValue(DomainError):
    """A value can't be taken."""


class NotAllowed(DomainError):
    """This person may not do it."""


class InvalidState(DomainError):
    """It exists already, or what is named is not fit for this."""


class Expired(DomainError):
    """It was here, and is no longer kept."""


class Busy(DomainError):
    """Others are in the way; nothing is known to have been changed."""
