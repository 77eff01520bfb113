"""Storage: collections of JSON documents, for handlers, scenarios and the admin API."""

from mockloop_server.storage.errors import (
    Conflict,
    Full,
    Invalid,
    NotFound,
    Outdated,
    StorageError,
    TooLarge,
    Unavailable,
)
from mockloop_server.storage.limits import Limits
from mockloop_server.storage.storage import Collection, Storage

__all__ = [
    "Collection",
    "Conflict",
    "Full",
    "Invalid",
    "Limits",
    "NotFound",
    "Outdated",
    "Storage",
    "StorageError",
    "TooLarge",
    "Unavailable",
]
