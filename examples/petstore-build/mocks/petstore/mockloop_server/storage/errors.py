"""Why the storage does not do what it is asked for.

Each is an HTTP error too: a handler that lets it pass answers with its status.
"""

from __future__ import annotations

from starlette.exceptions import HTTPException


class StorageError(HTTPException):
    """A wish that is not fulfilled."""

    status = 500

    def __init__(self, detail: str) -> None:
        super().__init__(self.status, detail)

    def __str__(self) -> str:
        return self.detail


class Invalid(StorageError):
    """A name, a condition or a document that cannot be used."""

    status = 400


class NotFound(StorageError):
    """A collection, document or snapshot that is not there."""

    status = 404


class Conflict(StorageError):
    """A name or an id that is taken, or would change."""

    status = 409


class Outdated(StorageError):
    """A document that is not any more what the caller believes it to be."""

    status = 412


class TooLarge(StorageError):
    """A document that is larger than documents may be."""

    status = 413


class Full(StorageError):
    """More than is kept."""

    status = 507


class Unavailable(StorageError):
    """A database that cannot be used now."""

    status = 503
