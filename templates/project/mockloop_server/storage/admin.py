"""The storage by calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from mockloop_server.admin.contract import AdminCall, Handlers, Refused, nothing, ok
from mockloop_server.answer import Answer
from mockloop_server.storage import collections, filters, kept
from mockloop_server.storage.documents import Document, Documents, id_text, merging
from mockloop_server.storage.errors import NotFound, Outdated, StorageError
from mockloop_server.storage.limits import used_bytes
from mockloop_server.storage.seeds import fill

if TYPE_CHECKING:
    from mockloop_server.storage.storage import Storage

T = TypeVar("T")
Json = dict[str, Any]

_HERE = "/__mockloop/api/storage"


def storage_handlers(storage: Storage) -> Handlers:
    """The handlers of the operations that are tagged `storage`."""
    stored, documents = _Collections(storage), _Documents(storage)
    return {
        "getStorageStats": stored.stats,
        "listCollections": stored.page,
        "createCollection": stored.create,
        "getCollection": stored.get,
        "deleteCollection": stored.delete,
        "seedCollection": stored.seed,
        "resetCollection": stored.reset,
        "resetStorage": stored.reset_all,
        "seedFromFiles": stored.seed_again,
        "listSnapshots": stored.snapshots,
        "createSnapshot": stored.take,
        "restoreSnapshot": stored.restore,
        "deleteSnapshot": stored.forget,
        "listDocuments": documents.page,
        "createDocument": documents.create,
        "deleteDocuments": documents.clear,
        "getDocument": documents.get,
        "putDocument": documents.put,
        "patchDocument": documents.patch,
        "deleteDocument": documents.delete,
    }


class _Admin:
    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def _read(self, work: Callable[[Any], T]) -> T:
        with _Refusing():
            return await self._storage.reading(work)

    async def _write(self, work: Callable[[Any], T]) -> T:
        with _Refusing():
            return await self._storage.writing(work)


class _Collections(_Admin):
    async def stats(self, _: AdminCall) -> Answer:
        def work(db: Any) -> Json:
            found, count = collections.page(db, 1000, 0)
            used, kept_bytes = used_bytes(db)
            query = "SELECT coalesce(sum(documents), 0) FROM storage_collections"
            return {
                "collection_count": count,
                "total_items": db.execute(query).fetchone()[0],
                "collections": found,
                "snapshot_count": kept.page(db, 0, 0)[1],
                "bytes": used,
                "kept_bytes": kept_bytes,
                "storage_dir": str(self._storage.database.file),
                "seeds_dir": self._storage.seeds.place,
                "limits": {
                    "document_bytes": limits.document,
                    "documents": limits.documents,
                    "collections": limits.collections,
                    "bytes": limits.bytes,
                    "snapshots": limits.snapshots,
                },
            }

        limits = self._storage.limits
        return ok(await self._read(work))

    async def page(self, call: AdminCall) -> Answer:
        limit, offset = call.query["limit"], call.query["offset"]
        found, total = await self._read(lambda db: collections.page(db, limit, offset))
        return ok(_page(call, "collections", found, total))

    async def create(self, call: AdminCall) -> Answer:
        body = call.body
        name = body["name"]

        def work(db: Any) -> Json:
            limits = self._storage.limits
            id_field, ids = body.get("id_field", collections.ID_FIELD), body.get("ids", "uuid")
            return collections.view(collections.create(db, limits, name, id_field, ids), False)

        made = await self._write(work)
        return ok(made, 201, ("Location", f"{_HERE}/collections/{name}"))

    async def get(self, call: AdminCall) -> Answer:
        name = call.path["collection"]
        return ok(await self._read(lambda db: _view(db, name)))

    async def delete(self, call: AdminCall) -> Answer:
        name = call.path["collection"]
        await self._write(lambda db: collections.delete(db, name))
        return nothing()

    async def seed(self, call: AdminCall) -> Answer:
        name, text = call.path["collection"], call.raw_body

        def work(db: Any) -> Json:
            fill(db, self._storage.limits, name, text)
            return _view(db, name)

        return ok(await self._write(work))

    async def reset(self, call: AdminCall) -> Answer:
        name = call.path["collection"]

        def work(db: Any) -> Json:
            kept.reset(db, self._storage.limits, name)
            return _view(db, name)

        return ok(await self._write(work))

    async def reset_all(self, _: AdminCall) -> Answer:
        count = await self._write(lambda db: kept.reset(db, self._storage.limits, None))
        return ok({"documents": count})

    async def seed_again(self, _: AdminCall) -> Answer:
        with _Refusing():
            return ok({"seeded": await self._storage.database.run(self._storage.seeds.again)})

    async def snapshots(self, call: AdminCall) -> Answer:
        limit, offset = call.query["limit"], call.query["offset"]
        found, total = await self._read(lambda db: kept.page(db, limit, offset))
        return ok(_page(call, "snapshots", found, total))

    async def take(self, call: AdminCall) -> Answer:
        name = call.body["name"]
        made = await self._write(lambda db: kept.take(db, self._storage.limits, name))
        return ok(made, 201, ("Location", f"{_HERE}/snapshots/{name}"))

    async def restore(self, call: AdminCall) -> Answer:
        name = call.path["snapshot"]
        return ok(await self._write(lambda db: kept.restore(db, self._storage.limits, name)))

    async def forget(self, call: AdminCall) -> Answer:
        name = call.path["snapshot"]
        await self._write(lambda db: kept.delete(db, name))
        return nothing()


class _Documents(_Admin):
    async def page(self, call: AdminCall) -> Answer:
        query = call.query
        with _Refusing():
            condition = filters.where(query.get("where", ()))
            sort = query.get("sort", "")
            filters.order(sort)
        found, total = await self._read(
            lambda db: self._of(db, call).find(condition, sort, query["limit"], query["offset"])
        )
        return ok(_page(call, "documents", found, total))

    async def create(self, call: AdminCall) -> Answer:
        made = await self._write(lambda db: self._of(db, call).create([call.body])[0])
        place = f"{_HERE}/collections/{call.path['collection']}/documents/{quote(made.id, safe='')}"
        return ok(made.body, 201, ("Location", place), _etag(made))

    async def clear(self, call: AdminCall) -> Answer:
        with _Refusing():
            condition = filters.where(call.query.get("where", ()))
        return ok({"deleted": await self._write(lambda db: self._of(db, call).clear(condition))})

    async def get(self, call: AdminCall) -> Answer:
        found = await self._read(lambda db: self._of(db, call).get(_id(call)))
        return ok(found.body, 200, _etag(found))

    async def put(self, call: AdminCall) -> Answer:
        def work(db: Any) -> tuple[Document, bool]:
            documents, body = self._of(db, call), call.body
            try:
                return documents.change(_id(call), lambda _: body, version=_version(call)), False
            except NotFound:
                if "If-Match" in call.headers:
                    raise Outdated("there is no such document any more") from None
            return documents.create([documents.named(_id(call), body)])[0], True

        found, is_new = await self._write(work)
        return ok(found.body, 201 if is_new else 200, _etag(found))

    async def patch(self, call: AdminCall) -> Answer:
        change, version = merging(call.body), _version(call)
        found = await self._write(
            lambda db: self._of(db, call).change(_id(call), change, version=version)
        )
        return ok(found.body, 200, _etag(found))

    async def delete(self, call: AdminCall) -> Answer:
        version = _version(call)
        await self._write(lambda db: self._of(db, call).delete(_id(call), version=version))
        return nothing()

    def _of(self, db: Any, call: AdminCall) -> Documents:
        row = collections.get(db, call.path["collection"])
        return Documents(db, self._storage.limits, row)


class _Refusing:
    """Refuses a call with what the storage says."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, StorageError):
            raise Refused(error.status, error.detail) from None


def _view(db: Any, name: str) -> Json:
    return collections.view(collections.get(db, name), collections.is_seeded(db, name))


def _id(call: AdminCall) -> str:
    return id_text(call.path["id"])


def _etag(document: Document) -> tuple[str, str]:
    return "ETag", f'"{document.version}"'


def _version(call: AdminCall) -> int | None:
    """The state that a document has to have."""
    given = call.headers.get("If-Match")
    if given is None or given == "*":
        return None
    number = given.strip().strip('"')
    # What was never given out is the state of no document.
    return int(number) if number.isascii() and number.isdigit() and len(number) < 19 else -1


def _page(call: AdminCall, name: str, found: list[Json], total: int) -> Json:
    return {
        name: found,
        "total_count": total,
        "returned_count": len(found),
        "limit": call.query["limit"],
        "offset": call.query["offset"],
    }
