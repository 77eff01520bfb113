"""How much is kept."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from mockloop_server.settings import Settings
from mockloop_server.storage.errors import Full, TooLarge


@dataclass(frozen=True, slots=True)
class Limits:
    """The most of everything; `.env.example` names the variables that set them."""

    document: int = 1024 * 1024
    """Bytes of one document."""
    documents: int = 100_000
    """Documents of one collection."""
    collections: int = 1_000
    bytes: int = 64 * 1024 * 1024
    """Of all documents, seeds and snapshots together."""
    snapshots: int = 100

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """What the environment says."""
        return cls(
            settings.storage_max_document,
            settings.storage_max_documents,
            settings.storage_max_collections,
            settings.storage_max_bytes,
        )

    def check_document(self, size: int) -> None:
        """Refuse a document that is too large."""
        if size > self.document:
            raise TooLarge(
                f"a document may have {self.document} bytes, this one has {size}:"
                " split it, or raise MOCKLOOP_STORAGE_MAX_DOCUMENT"
            )

    def check_documents(self, collection: str, count: int) -> None:
        """Refuse more documents than a collection may have."""
        if count > self.documents:
            raise Full(
                f"{collection!r} may have {self.documents} documents: delete some,"
                " or raise MOCKLOOP_STORAGE_MAX_DOCUMENTS"
            )

    def check_collections(self, db: sqlite3.Connection) -> None:
        """Refuse more collections than there may be."""
        count = db.execute("SELECT count(*) FROM storage_collections").fetchone()[0]
        if count > self.collections:
            raise Full(
                f"there may be {self.collections} collections: delete some,"
                " or raise MOCKLOOP_STORAGE_MAX_COLLECTIONS"
            )

    def check_bytes(self, db: sqlite3.Connection) -> None:
        """Refuse more bytes than there may be; asked at the end of a change that adds some."""
        used = sum(used_bytes(db))
        if used > self.bytes:
            raise Full(
                f"the storage may have {self.bytes} bytes and would have {used}: delete documents"
                " or snapshots, or raise MOCKLOOP_STORAGE_MAX_BYTES"
            )

    def check_snapshots(self, db: sqlite3.Connection) -> None:
        """Refuse more snapshots than there may be."""
        count = db.execute("SELECT count(*) FROM storage_snapshots").fetchone()[0]
        if count > self.snapshots:
            raise Full(f"there may be {self.snapshots} snapshots: delete some")


def used_bytes(db: sqlite3.Connection) -> tuple[int, int]:
    """The bytes of all documents, and those of all seeds and snapshots."""
    documents, kept = (
        db.execute(f"SELECT coalesce(sum(bytes), 0) FROM storage_{table}").fetchone()[0]
        for table in ("collections", "kept_collections")
    )
    return documents, kept
