"""The tables of credentials and tokens."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from mockloop_server.auth.times import stamp
from mockloop_server.transactions import PATIENCE, Transactions

Row = dict[str, Any]

MOST = 10_000
"""How many keys, users and clients there may be of each."""

_MOST_TOKENS = 100_000
_OF_CODES = {
    "subject": "json_extract(details, '$.subject')",
    "client_id": "json_extract(details, '$.client_id')",
}
_JSON = frozenset({"scopes", "claims", "redirect_uris", "details"})


class Store:
    """Reads and writes the tables; each call opens the database for itself."""

    def __init__(self, file: Path) -> None:
        self._transactions = Transactions(file, "credentials")

    @contextmanager
    def reading(self, seconds: float = PATIENCE) -> Iterator[Tables]:
        """One state of the tables."""
        with self._transactions.reading(seconds) as db:
            yield Tables(db)

    @contextmanager
    def writing(self) -> Iterator[Tables]:
        """A change, all or nothing."""
        with self._transactions.writing() as db:
            tables = Tables(db)
            yield tables
            tables.has_changed = db.total_changes > 0


class Tables:
    """The tables within one transaction; names of tables and columns are never from outside."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.has_changed = False
        """Whether the transaction has changed a row, once it has ended."""

    def all(self, query: str, *values: Any) -> list[Row]:
        """The rows of a query, JSON columns as what they hold."""
        found = [dict(row) for row in self._db.execute(query, values)]
        for row in found:
            for name in _JSON & row.keys():
                row[name] = None if row[name] is None else orjson.loads(row[name])
        return found

    def find(self, table: str, **key: Any) -> Row | None:
        """The row that has these values, if there is one."""
        found = self.all(f"SELECT * FROM {table} WHERE {_equal(key)} LIMIT 1", *key.values())
        return found[0] if found else None

    def page(
        self, table: str, order: str, limit: int, offset: int, **key: Any
    ) -> tuple[list[Row], int]:
        """Some of the rows that have these values, and how many there are."""
        where = _equal(key) if key else "1"
        query = f"SELECT * FROM {table} WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?"
        return self.all(query, *key.values(), limit, offset), self.count(table, **key)

    def count(self, table: str, **key: Any) -> int:
        """How many rows have these values."""
        where = _equal(key) if key else "1"
        query = f"SELECT count(*) FROM {table} WHERE {where}"
        return int(self._db.execute(query, tuple(key.values())).fetchone()[0])

    def insert(self, table: str, **values: Any) -> int:
        """Add a row; gives its number."""
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        query = f"INSERT INTO {table} ({names}) VALUES ({marks})"
        return self._db.execute(query, _stored(values)).lastrowid or 0

    def update(self, table: str, key: Row, **values: Any) -> None:
        """Change the row that has these values."""
        if values:
            change = ", ".join(f"{name} = ?" for name in values)
            query = f"UPDATE {table} SET {change} WHERE {_equal(key)}"
            self._db.execute(query, (*_stored(values), *key.values()))

    def delete(self, table: str, **key: Any) -> bool:
        """Remove the row that has these values; whether there was one."""
        query = f"DELETE FROM {table} WHERE {_equal(key)}"
        return self._db.execute(query, tuple(key.values())).rowcount > 0

    def has_valid(self, family: str) -> bool:
        """Whether there is a token of a login that can still be used."""
        query = (
            "SELECT 1 FROM auth_tokens"
            " WHERE family = ? AND revoked_at IS NULL AND expires_at > ? LIMIT 1"
        )
        return self._db.execute(query, (family, stamp())).fetchone() is not None

    def revoke(self, **key: Any) -> int:
        """Revoke the tokens that have these values; the number of those that were valid.

        With those of a subject or a client go the codes that would give more of them.
        """
        if key.keys() <= _OF_CODES.keys():
            codes = " AND ".join(f"{_OF_CODES[name]} = ?" for name in key) or "1"
            self._db.execute(f"DELETE FROM auth_codes WHERE {codes}", tuple(key.values()))
        where = f"{_equal(key)} AND " if key else ""
        now = stamp()
        query = (
            f"UPDATE auth_tokens SET revoked_at = ?"
            f" WHERE {where}revoked_at IS NULL AND expires_at > ?"
        )
        return self._db.execute(query, (now, *key.values(), now)).rowcount

    def revoked(self) -> frozenset[str]:
        """The access tokens that are revoked and would be valid otherwise."""
        query = (
            "SELECT jti FROM auth_tokens"
            " WHERE revoked_at IS NOT NULL AND expires_at > ? AND kind = 'access'"
        )
        return frozenset(jti for (jti,) in self._db.execute(query, (stamp(),)))

    def add_token(self, **values: Any) -> None:
        """Note a token, and forget those that can be used no more."""
        newest = self.insert("auth_tokens", issued_at=stamp(), **values)
        self._db.execute("DELETE FROM auth_tokens WHERE expires_at < ?", (stamp(),))
        # An access token that is revoked has to be known as long as it would be valid; a refresh
        # token that is forgotten is valid no more.
        self._db.execute(
            "DELETE FROM auth_tokens WHERE id <= ? AND (revoked_at IS NULL OR kind = 'refresh')",
            (newest - _MOST_TOKENS,),
        )

    def add_code(self, digest: str, details: Row, expires_at: str) -> None:
        """Note a login, and forget those that are over."""
        self._db.execute("DELETE FROM auth_codes WHERE expires_at < ?", (stamp(),))
        self.insert("auth_codes", digest=digest, details=details, expires_at=expires_at)


def _equal(key: Row) -> str:
    return " AND ".join(f"{name} = ?" for name in key)


def _stored(values: Row) -> tuple[Any, ...]:
    return tuple(
        orjson.dumps(value).decode() if name in _JSON and value is not None else value
        for name, value in values.items()
    )
