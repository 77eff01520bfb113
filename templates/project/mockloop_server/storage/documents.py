"""The documents of one collection, within one transaction."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from mockloop_server.steering.store import now
from mockloop_server.storage import collections, filters
from mockloop_server.storage.collections import CONTROL
from mockloop_server.storage.errors import Conflict, Invalid, NotFound, Outdated
from mockloop_server.storage.limits import Limits

Json = dict[str, Any]
Change = Callable[[Json], Json]

LONGEST_ID = 200


@dataclass(slots=True)
class Document:
    """A document as it is kept."""

    id: str
    body: Json
    version: int
    created_at: str
    updated_at: str


class Documents:
    """Reads and changes documents; the collection is there."""

    def __init__(self, db: sqlite3.Connection, limits: Limits, row: sqlite3.Row) -> None:
        self._db = db
        self._limits = limits
        self.name: str = row["name"]
        self._id_field: str = row["id_field"]
        self._ids: str = row["ids"]
        self._next_id: int = row["next_id"]

    def get(self, id: str, condition: filters.Sql = ("", [])) -> Document:
        """One document, where the condition holds for it."""
        return _document(self._row(id, condition))

    def _row(self, id: str, condition: filters.Sql) -> sqlite3.Row:
        sql, values = condition
        row: sqlite3.Row | None = self._db.execute(
            f"SELECT * FROM storage_documents WHERE collection = ? AND id = ?{sql}",
            (self.name, id, *values),
        ).fetchone()
        if row is None:
            raise NotFound(f"{self.name!r} has no document {id[:LONGEST_ID]!r}")
        return row

    def find(
        self, condition: filters.Sql, sort: str, limit: int, offset: int
    ) -> tuple[list[Json], int]:
        """Documents for which a condition holds, and how many they are without paging."""
        sql, values = condition
        order, by = filters.order(sort)
        rows = self._db.execute(
            "SELECT body FROM storage_documents"
            f" WHERE collection = ?{sql} {order} LIMIT ? OFFSET ?",
            (self.name, *values, *by, limit, offset),
        ).fetchall()
        return [orjson.loads(body) for (body,) in rows], self.count(condition)

    def count(self, condition: filters.Sql) -> int:
        """How many documents a condition holds for."""
        sql, values = condition
        query = f"SELECT count(*) FROM storage_documents WHERE collection = ?{sql}"
        return int(self._db.execute(query, (self.name, *values)).fetchone()[0])

    def create(self, bodies: Iterable[Json]) -> list[Document]:
        """Add documents, those without an id with one that is made."""
        version, time = collections.next_version(self._db), now()
        made: list[Document] = []
        total = 0
        for body in bodies:
            if not isinstance(body, dict):
                raise Invalid("a document is a JSON object")
            given = body.get(self._id_field)
            own = self._made_id() if given is None else given
            id = id_text(own)
            # The id comes first, where a person looks for it.
            body = {**body, self._id_field: own} if given is not None else self._first(body, own)
            self._count_on(id)
            text, size = self._text(body)
            try:
                self._db.execute(
                    "INSERT INTO storage_documents"
                    " (collection, id, body, size, version, created_at, updated_at)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (self.name, id, text, size, version, time, time),
                )
            except sqlite3.IntegrityError:
                raise Conflict(
                    f"{self.name!r} has a document {id!r} already: replace it, or leave out the id"
                ) from None
            made.append(Document(id, body, version, time, time))
            total += size
        self._changed(time, len(made), total)
        self._check()
        return made

    def change(
        self,
        id: str,
        change: Change,
        condition: filters.Sql = ("", []),
        version: int | None = None,
    ) -> Document:
        """Put in the place of a document what is made of it."""
        old, old_size = self._expected(id, condition, version)
        kept = old.body.get(self._id_field)
        body = change(old.body)
        if not isinstance(body, dict):
            raise Invalid("a document is a JSON object")
        given = body.get(self._id_field)
        if given is None:
            body = self._first(body, kept if kept is not None else id)
        elif id_text(given) != id:
            raise Conflict(
                f"{self.name}/{id} would get the id {id_text(given)!r}: create another document"
            )
        text, size = self._text(body)
        number, time = collections.next_version(self._db), now()
        self._db.execute(
            "UPDATE storage_documents SET body = ?, size = ?, version = ?, updated_at = ?"
            " WHERE collection = ? AND id = ?",
            (text, size, number, time, self.name, id),
        )
        self._changed(time, 0, size - old_size)
        self._check()
        return Document(id, body, number, old.created_at, time)

    def delete(
        self, id: str, condition: filters.Sql = ("", []), version: int | None = None
    ) -> None:
        """Forget a document."""
        _, size = self._expected(id, condition, version)
        self._db.execute(
            "DELETE FROM storage_documents WHERE collection = ? AND id = ?", (self.name, id)
        )
        self._changed(now(), -1, -size)

    def clear(self, condition: filters.Sql = ("", [])) -> int:
        """Forget all documents for which a condition holds; how many they were."""
        sql, values = condition
        which = f"FROM storage_documents WHERE collection = ?{sql}"
        query = f"SELECT count(*), coalesce(sum(size), 0) {which}"
        count, size = self._db.execute(query, (self.name, *values)).fetchone()
        self._db.execute(f"DELETE {which}", (self.name, *values))
        self._changed(now(), -count, -size)
        return int(count)

    def named(self, id: str, body: Json) -> Json:
        """A document with the id that a path says, as a number where ids are numbers."""
        if self._id_field in body:
            if id_text(body[self._id_field]) != id:
                raise Conflict(f"the document says that its id is {body[self._id_field]!r}")
            return body
        is_number = self._ids == "integer" and id == (id.lstrip("0") or "0") and id.isdecimal()
        return self._first(body, int(id) if is_number and len(id) < 16 else id)

    def _made_id(self) -> str | int:
        if self._ids != "integer":
            return str(uuid.uuid4())
        query = "SELECT 1 FROM storage_documents WHERE collection = ? AND id = ?"
        while self._db.execute(query, (self.name, str(self._next_id))).fetchone():
            self._next_id += 1
        return self._next_id

    def _count_on(self, id: str) -> None:
        # The next id is above all that there were, as databases have it.
        if self._ids == "integer" and id.isascii() and id.isdigit() and len(id) < 16:
            self._next_id = max(self._next_id, int(id) + 1)

    def _first(self, body: Json, id: Any) -> Json:
        return {self._id_field: id, **{k: v for k, v in body.items() if k != self._id_field}}

    def _text(self, body: Json) -> tuple[str, int]:
        try:
            data = orjson.dumps(body)
        except TypeError as error:
            raise Invalid(f"the document cannot be written as JSON: {error}") from None
        self._limits.check_document(len(data))
        return data.decode(), len(data)

    def _expected(
        self, id: str, condition: filters.Sql, version: int | None
    ) -> tuple[Document, int]:
        row = self._row(id, condition)
        if version is not None and version != row["version"]:
            raise Outdated(f"{self.name}/{id} was changed meanwhile: read it again")
        return _document(row), row["size"]

    def _check(self) -> None:
        row = collections.get(self._db, self.name)
        self._limits.check_documents(self.name, row["documents"])
        self._limits.check_bytes(self._db)

    def _changed(self, time: str, documents: int, size: int) -> None:
        self._db.execute(
            "UPDATE storage_collections SET next_id = ?, updated_at = ?,"
            " documents = documents + ?, bytes = bytes + ? WHERE name = ?",
            (self._next_id, time, documents, size, self.name),
        )


def id_text(id: Any) -> str:
    """An id as it is written in a path; refuses what cannot be one."""
    text = str(id) if isinstance(id, int) and not isinstance(id, bool) else id
    if not isinstance(text, str) or not 1 <= len(text) <= LONGEST_ID or CONTROL.search(text):
        raise Invalid(
            f"an id is a whole number or a text of 1 to {LONGEST_ID} characters, none to control a"
            " device"
        )
    if text in (".", ".."):
        raise Invalid(f"{text!r} cannot be an id: paths mean something else by it")
    return text


def merged(target: Any, patch: Any) -> Any:
    """A value changed by a JSON Merge Patch (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


def merging(patch: Any) -> Change:
    """The change that a JSON Merge Patch makes."""

    def change(body: Json) -> Json:
        try:
            changed: Json = merged(body, patch)
        except RecursionError:
            raise Invalid("the patch is nested too deep") from None
        return changed

    return change


def _document(row: sqlite3.Row) -> Document:
    return Document(
        row["id"], orjson.loads(row["body"]), row["version"], row["created_at"], row["updated_at"]
    )


def lines(text: bytes) -> Iterator[Json]:
    """The documents of a text: a JSON array, one JSON object, or a JSON object on each line."""
    try:
        value = orjson.loads(text)
    except ValueError as error:
        yield from _ndjson(text, error)
        return
    for index, each in enumerate(value if isinstance(value, list) else [value]):
        if not isinstance(each, dict):
            raise Invalid(f"element {index} is not a JSON object")
        yield each


def _ndjson(text: bytes, whole: ValueError) -> Iterator[Json]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            value = orjson.loads(line)
        except ValueError as error:
            if number == 1:
                raise Invalid(f"is neither JSON ({whole}) nor JSON lines") from None
            raise Invalid(f"line {number} is not JSON: {error}") from None
        if not isinstance(value, dict):
            raise Invalid(f"line {number} is not a JSON object")
        yield value
