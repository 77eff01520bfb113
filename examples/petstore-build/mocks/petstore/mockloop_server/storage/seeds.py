"""Files of documents in a folder, one for each collection."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mockloop_server.storage import collections, kept
from mockloop_server.storage.database import Database
from mockloop_server.storage.documents import Documents, lines
from mockloop_server.storage.errors import Invalid, StorageError
from mockloop_server.storage.limits import Limits

logger = logging.getLogger("mockloop")

Json = dict[str, Any]

FOLDER = "mock_data"
"""Where a project has the files."""

_ENDINGS = (".json", ".jsonl", ".ndjson")


class Seeds:
    """Fills collections from the files of a folder."""

    def __init__(self, folder: Path | None, database: Database, limits: Limits) -> None:
        self._folder = folder
        self._database = database
        self._limits = limits

    @property
    def place(self) -> str | None:
        """The folder, where there is one."""
        return None if self._folder is None or not self._folder.is_dir() else str(self._folder)

    def first(self) -> None:
        """Seed the collections that never were; a file that cannot be used is told and left."""
        for file in self._files():
            try:
                with self._database.writing() as db:
                    is_new = not collections.is_seeded(db, file.stem)
                    if is_new and collections.find(db, file.stem) is None:
                        self._fill(db, file)
            except (StorageError, OSError) as error:
                logger.error("%s seeds nothing: %s", file, error)

    def again(self) -> list[Json]:
        """Seed the collections of all files anew; one that cannot be used undoes all."""
        with self._database.writing() as db:
            return [{"name": file.stem, "count": self._fill(db, file)} for file in self._files()]

    def exported(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """All collections by now, as files that seed the same ones."""
        with self._database.reading() as db:
            rows = db.execute("SELECT name FROM storage_collections ORDER BY name").fetchall()
            for (name,) in rows:
                bodies = db.execute(
                    "SELECT body FROM storage_documents WHERE collection = ? ORDER BY number",
                    (name,),
                )
                yield f"{FOLDER}/{name}.jsonl", (f"{body}\n".encode() for (body,) in bodies)

    def _files(self) -> Iterator[Path]:
        if self._folder is not None and self._folder.is_dir():
            yield from sorted(file for file in self._folder.iterdir() if file.suffix in _ENDINGS)

    def _fill(self, db: Any, file: Path) -> int:
        try:
            return fill(db, self._limits, file.stem, file.read_bytes())
        except StorageError as error:
            raise type(error)(f"{file.name}: {error}") from None
        except OSError as error:
            raise Invalid(f"{file.name} cannot be read: {error.strerror}") from None


def fill(db: Any, limits: Limits, name: str, text: bytes) -> int:
    """Make a collection what a text says, and that what a reset goes back to."""
    documents = list(lines(text))
    row = collections.find(db, name)
    if row is None:
        given = [each[collections.ID_FIELD] for each in documents if collections.ID_FIELD in each]
        whole = bool(given) and all(type(each) is int for each in given)
        row = collections.create(db, limits, name, ids="integer" if whole else "uuid")
    collection = Documents(db, limits, row)
    collection.clear()
    collection.create(documents)
    kept.keep_seed(db, limits, name)
    return len(documents)
