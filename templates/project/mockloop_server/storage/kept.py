"""Seeds and snapshots: what collections were, or shall be again. Within one transaction."""

from __future__ import annotations

import sqlite3
from typing import Any

from mockloop_server.steering.store import now
from mockloop_server.storage import collections
from mockloop_server.storage.errors import Conflict, NotFound
from mockloop_server.storage.limits import Limits

Json = dict[str, Any]

SEEDS = ""
"""Stands where the name of a snapshot stands."""


def keep_seed(db: sqlite3.Connection, limits: Limits, name: str) -> None:
    """Make what a collection holds that to which a reset goes back."""
    _forget(db, SEEDS, name)
    _keep(db, SEEDS, name)
    limits.check_bytes(db)


def reset(db: sqlite3.Connection, limits: Limits, name: str | None) -> int:
    """Bring one collection, or all, back to its seed, or to nothing; how many documents it has."""
    if name is not None and not collections.is_seeded(db, name):
        collections.get(db, name)
    if name is None:
        db.execute("DELETE FROM storage_documents")
    else:
        db.execute("DELETE FROM storage_documents WHERE collection = ?", (name,))
    db.execute(
        "UPDATE storage_collections SET next_id = 1, documents = 0, bytes = 0, updated_at = ?"
        " WHERE ? IS NULL OR name = ?",
        (now(), name, name),
    )
    count = _bring_back(db, SEEDS, name)
    limits.check_collections(db)
    limits.check_bytes(db)
    return count


def take(db: sqlite3.Connection, limits: Limits, name: str) -> Json:
    """Keep all collections as they are under a new name."""
    collections.check_name(name)
    if _snapshot(db, name) is not None:
        raise Conflict(f"there is a snapshot {name!r} already: delete it first")
    db.execute("INSERT INTO storage_snapshots VALUES (?, ?)", (name, now()))
    limits.check_snapshots(db)
    _keep(db, name, None)
    limits.check_bytes(db)
    return get(db, name)


def restore(db: sqlite3.Connection, limits: Limits, name: str) -> Json:
    """Make all collections what they were, and have no others."""
    found = get(db, name)
    db.execute("DELETE FROM storage_documents")
    db.execute("DELETE FROM storage_collections")
    _bring_back(db, name, None)
    limits.check_bytes(db)
    return found


def delete(db: sqlite3.Connection, name: str) -> None:
    """Forget a snapshot."""
    get(db, name)
    db.execute("DELETE FROM storage_snapshots WHERE name = ?", (name,))
    _forget(db, name, None)


def get(db: sqlite3.Connection, name: str) -> Json:
    """A snapshot that has to be there."""
    row = _snapshot(db, name)
    if row is None:
        raise NotFound(f"there is no snapshot {name[:100]!r}")
    return _view(db, row)


def page(db: sqlite3.Connection, limit: int, offset: int) -> tuple[list[Json], int]:
    """Snapshots in the order of their names, and how many there are."""
    rows = db.execute(
        "SELECT * FROM storage_snapshots ORDER BY name LIMIT ? OFFSET ?", (limit, offset)
    ).fetchall()
    count = db.execute("SELECT count(*) FROM storage_snapshots").fetchone()[0]
    return [_view(db, row) for row in rows], count


def _snapshot(db: sqlite3.Connection, name: str) -> sqlite3.Row | None:
    found: sqlite3.Row | None = db.execute(
        "SELECT * FROM storage_snapshots WHERE name = ?", (name,)
    ).fetchone()
    return found


def _view(db: sqlite3.Connection, row: sqlite3.Row) -> Json:
    collections_, documents, size = db.execute(
        "SELECT count(*), coalesce(sum(documents), 0), coalesce(sum(bytes), 0)"
        " FROM storage_kept_collections WHERE snapshot = ?",
        (row["name"],),
    ).fetchone()
    return {
        "name": row["name"],
        "collections": collections_,
        "documents": documents,
        "bytes": size,
        "created_at": row["created_at"],
    }


def _keep(db: sqlite3.Connection, snapshot: str, name: str | None) -> None:
    db.execute(
        "INSERT INTO storage_kept_collections"
        " SELECT ?, name, id_field, ids, next_id, documents, bytes FROM storage_collections"
        " WHERE ? IS NULL OR name = ?",
        (snapshot, name, name),
    )
    db.execute(
        "INSERT INTO storage_kept_documents"
        " SELECT ?, collection, number, id, body, size FROM storage_documents"
        " WHERE ? IS NULL OR collection = ?",
        (snapshot, name, name),
    )


def _forget(db: sqlite3.Connection, snapshot: str, name: str | None) -> None:
    for table, column in (("kept_documents", "collection"), ("kept_collections", "name")):
        db.execute(
            f"DELETE FROM storage_{table} WHERE snapshot = ? AND (? IS NULL OR {column} = ?)",
            (snapshot, name, name),
        )


def _bring_back(db: sqlite3.Connection, snapshot: str, name: str | None) -> int:
    time, version = now(), collections.next_version(db)
    which = (snapshot, name, name)
    condition = "WHERE snapshot = ? AND (? IS NULL OR name = ?)"
    db.execute(
        "INSERT OR IGNORE INTO storage_collections"
        " (name, id_field, ids, next_id, created_at, updated_at)"
        f" SELECT name, id_field, ids, next_id, ?, ? FROM storage_kept_collections {condition}",
        (time, time, *which),
    )
    db.execute(
        "UPDATE storage_collections SET (id_field, ids, next_id, documents, bytes) ="
        " (SELECT id_field, ids, next_id, documents, bytes FROM storage_kept_collections AS kept"
        "  WHERE kept.snapshot = ? AND kept.name = storage_collections.name)"
        f" WHERE name IN (SELECT name FROM storage_kept_collections {condition})",
        (snapshot, *which),
    )
    return db.execute(
        "INSERT INTO storage_documents"
        " (collection, id, body, size, version, created_at, updated_at)"
        " SELECT collection, id, body, size, ?, ?, ? FROM storage_kept_documents"
        " WHERE snapshot = ? AND (? IS NULL OR collection = ?) ORDER BY number",
        (version, time, time, *which),
    ).rowcount
