"""Collections, within one transaction."""

from __future__ import annotations

import difflib
import re
import sqlite3
from typing import Any, Literal

from mockloop_server.steering.store import now
from mockloop_server.storage.errors import Conflict, Invalid, NotFound
from mockloop_server.storage.limits import Limits

Json = dict[str, Any]
Row = sqlite3.Row
Ids = Literal["uuid", "integer"]

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
"""What no name or id has in it."""
ID_FIELD = "id"

_LONGEST_FIELD = 100


def check_name(name: str) -> str:
    """Refuse what cannot be the name of a collection or snapshot."""
    if not isinstance(name, str) or NAME.fullmatch(name) is None:
        raise Invalid(
            f"{str(name)[:100]!r} cannot be a name: use up to 100 of A-Z, a-z, 0-9, `.`, `_`"
            " and `-`, with a letter or digit first"
        )
    return name


def find(db: sqlite3.Connection, name: str) -> Row | None:
    """A collection, if it is there."""
    found: Row | None = db.execute(
        "SELECT * FROM storage_collections WHERE name = ?", (name,)
    ).fetchone()
    return found


def get(db: sqlite3.Connection, name: str) -> Row:
    """A collection that has to be there."""
    row = find(db, name)
    if row is None:
        names = [each[0] for each in db.execute("SELECT name FROM storage_collections LIMIT 1000")]
        close = difflib.get_close_matches(name, names, n=3)
        hint = f"; did you mean {' or '.join(close)}?" if close else ""
        raise NotFound(f"there is no collection {name[:100]!r}{hint}")
    return row


def create(
    db: sqlite3.Connection,
    limits: Limits,
    name: str,
    id_field: str = ID_FIELD,
    ids: Ids = "uuid",
) -> Row:
    """Make a collection of a new name."""
    check_name(name)
    if not 1 <= len(id_field) <= _LONGEST_FIELD or CONTROL.search(id_field):
        raise Invalid(
            f"an id's field has 1 to {_LONGEST_FIELD} characters, none to control a device"
        )
    if find(db, name) is not None:
        raise Conflict(f"there is a collection {name!r} already")
    time = now()
    db.execute(
        "INSERT INTO storage_collections (name, id_field, ids, created_at, updated_at)"
        " VALUES (?, ?, ?, ?, ?)",
        (name, id_field, ids, time, time),
    )
    limits.check_collections(db)
    return get(db, name)


def delete(db: sqlite3.Connection, name: str) -> None:
    """Forget a collection with its documents; a seed of it stays, for a reset."""
    get(db, name)
    db.execute("DELETE FROM storage_documents WHERE collection = ?", (name,))
    db.execute("DELETE FROM storage_collections WHERE name = ?", (name,))


def page(db: sqlite3.Connection, limit: int, offset: int) -> tuple[list[Json], int]:
    """Collections in the order of their names, and how many there are."""
    rows = db.execute(
        "SELECT * FROM storage_collections ORDER BY name LIMIT ? OFFSET ?", (limit, offset)
    )
    found = [view(row, is_seeded(db, row["name"])) for row in rows]
    return found, db.execute("SELECT count(*) FROM storage_collections").fetchone()[0]


def is_seeded(db: sqlite3.Connection, name: str) -> bool:
    """Whether there is something that a reset goes back to."""
    query = "SELECT 1 FROM storage_kept_collections WHERE snapshot = '' AND name = ?"
    return db.execute(query, (name,)).fetchone() is not None


def view(row: Row, seeded: bool) -> Json:
    """A collection as answers hold it."""
    return {
        "name": row["name"],
        "id_field": row["id_field"],
        "ids": row["ids"],
        "count": row["documents"],
        "bytes": row["bytes"],
        "seeded": seeded,
        "created_at": row["created_at"],
        "last_updated": row["updated_at"],
    }


def next_version(db: sqlite3.Connection) -> int:
    """A number that no state of a document has yet."""
    db.execute("UPDATE storage_state SET version = version + 1")
    return int(db.execute("SELECT version FROM storage_state").fetchone()[0])
