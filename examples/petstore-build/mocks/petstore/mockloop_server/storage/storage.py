"""The storage: a part of a server, and what handlers see of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from mockloop_server.admin.contract import Handlers
from mockloop_server.part import Host
from mockloop_server.storage import collections, filters, kept
from mockloop_server.storage.admin import storage_handlers
from mockloop_server.storage.collections import Ids
from mockloop_server.storage.database import Database
from mockloop_server.storage.documents import Change, Document, Documents, id_text, merging
from mockloop_server.storage.errors import NotFound
from mockloop_server.storage.limits import Limits
from mockloop_server.storage.seeds import Seeds
from mockloop_server.storage.steps import Steps

P = ParamSpec("P")
T = TypeVar("T")
Json = dict[str, Any]

MOST = 1000
"""As many documents are found at once."""


class Storage:
    """Collections of JSON documents, by name: `call.storage["pets"]`.

    What a call has changed is kept once it returns, and there for all workers.
    """

    tag = "storage"

    def __init__(self, seeds: Path | None = None, limits: Limits | None = None) -> None:
        """`seeds`: a folder of `NAME.json`; `limits`: instead of those of the environment."""
        self._folder = seeds
        self._limits = limits

    def install(self, host: Host) -> Handlers:
        """Take its place in a server."""
        self.limits = self._limits or Limits.of(host.settings)
        self.database = Database(host.settings.database)
        self.seeds = Seeds(self._folder, self.database, self.limits)
        host.storage = self
        host.exports.append(self.seeds.exported)
        host.steering.use_storage(Steps(self, host.api))
        return storage_handlers(self)

    def start(self) -> None:
        """Open, and seed what was never there."""
        self.database.start()
        self.seeds.first()

    def stop(self) -> None:
        """End all work."""
        self.database.stop()

    def __getitem__(self, name: str) -> Collection:
        """A collection; it is made when the first document comes."""
        return Collection(self, collections.check_name(name))

    async def names(self) -> list[str]:
        """The names of all collections."""

        def work() -> list[str]:
            with self.database.reading() as db:
                return [name for (name,) in db.execute("SELECT name FROM storage_collections")]

        return sorted(await self.database.run(work))

    async def reset(self) -> None:
        """Bring all collections back to their seeds."""
        await self.writing(lambda db: kept.reset(db, self.limits, None))

    async def snapshot(self, name: str) -> None:
        """Keep all collections as they are, under a new name."""
        await self.writing(lambda db: kept.take(db, self.limits, name))

    async def restore(self, name: str) -> None:
        """Make all collections what they were when the snapshot was taken."""
        await self.writing(lambda db: kept.restore(db, self.limits, name))

    async def writing(self, work: Callable[[Any], T]) -> T:
        """Work within one change of the tables, all or nothing."""

        def run() -> T:
            with self.database.writing() as db:
                return work(db)

        return await self.database.run(run)

    async def reading(self, work: Callable[[Any], T]) -> T:
        """Work on one state of the tables."""

        def run() -> T:
            with self.database.reading() as db:
                return work(db)

        return await self.database.run(run)


class Collection:
    """One collection. Documents are dicts with their id in them."""

    def __init__(
        self,
        storage: Storage,
        name: str,
        id_field: str = collections.ID_FIELD,
        ids: Ids = "uuid",
    ) -> None:
        self._storage = storage
        self.name = name
        self._id_field = id_field
        self._ids: Ids = ids

    def made_with(self, *, id_field: str = collections.ID_FIELD, ids: Ids = "uuid") -> Collection:
        """The same, with what it is made with where it is not there yet."""
        return Collection(self._storage, self.name, id_field, ids)

    async def get(self, id: str | int) -> Json:
        """A document; `NotFound`, which answers 404, where there is none."""
        return (await self.read(id_text(id))).body

    async def find(
        self,
        *where: str,
        sort: str = "",
        limit: int = 100,
        offset: int = 0,
        **equals: Any,
    ) -> list[Json]:
        """Documents for which all conditions hold, such as `find("price<10", kind="dog")`."""
        return (await self.page(_condition(where, equals), sort, limit, offset))[0]

    async def count(self, *where: str, **equals: Any) -> int:
        """How many documents all conditions hold for."""
        return (await self.page(_condition(where, equals), "", 0, 0))[1]

    async def create(self, document: Json) -> Json:
        """Add a document; it gets an id where it has none."""
        return (await self.create_many([document]))[0]

    async def create_many(self, documents: list[Json]) -> list[Json]:
        """Add documents, all or none."""
        return [each.body for each in await self.add(documents)]

    async def replace(self, id: str | int, document: Json) -> Json:
        """Put a document in the place of another one."""
        return await self.update(id, lambda _: document)

    async def patch(self, id: str | int, changes: Json) -> Json:
        """Change a document by a JSON Merge Patch (RFC 7396): null takes a member away."""
        return await self.update(id, merging(changes))

    async def update(self, id: str | int, change: Change) -> Json:
        """Put in the place of a document what is made of it; nobody else changes it meanwhile.

        `change` runs in a thread, and may not use the storage itself.
        """
        text = id_text(id)
        return (await self.write(Documents.change, text, change)).body

    async def delete(self, id: str | int) -> None:
        """Forget a document."""
        await self.write(Documents.delete, id_text(id))

    async def clear(self, *where: str, **equals: Any) -> int:
        """Forget all documents for which the conditions hold; how many they were."""
        condition = _condition(where, equals)
        return await self._storage.writing(
            lambda db: self._there(db).clear(condition) if self._is_there(db) else 0
        )

    async def page(
        self, condition: filters.Sql, sort: str, limit: int, offset: int
    ) -> tuple[list[Json], int]:
        """Documents, and how many there are without paging."""
        limit, offset = max(0, min(limit, MOST)), max(0, offset)
        filters.order(sort)
        return await self._storage.reading(
            lambda db: (
                self._there(db).find(condition, sort, limit, offset)
                if self._is_there(db)
                else ([], 0)
            )
        )

    async def write(
        self, work: Callable[Concatenate[Documents, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """A change of documents that are there."""
        return await self._storage.writing(lambda db: work(self._there(db), *args, **kwargs))

    async def add(self, documents: list[Json]) -> list[Document]:
        """Add documents, all or none, with what is known of them."""
        return await self._storage.writing(lambda db: self._made(db).create(documents))

    async def read(self, id: str, condition: filters.Sql = ("", [])) -> Document:
        """A document with what is known of it, where the condition holds."""
        return await self._storage.reading(lambda db: self._there(db).get(id, condition))

    def _is_there(self, db: Any) -> bool:
        return collections.find(db, self.name) is not None

    def _there(self, db: Any) -> Documents:
        row = collections.find(db, self.name)
        if row is None:
            raise NotFound(f"there are no {self.name!r} yet")
        return Documents(db, self._storage.limits, row)

    def _made(self, db: Any) -> Documents:
        limits = self._storage.limits
        row = collections.find(db, self.name) or collections.create(
            db, limits, self.name, self._id_field, self._ids
        )
        return Documents(db, limits, row)


def _condition(where: tuple[str, ...], equals: Json) -> filters.Sql:
    texts = [filters.condition(text) for text in where]
    return filters.both([*texts, *(filters.equals(name, value) for name, value in equals.items())])
