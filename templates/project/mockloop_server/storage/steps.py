"""Steps of scenarios that answer from the storage, as the description says its answers look."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import orjson

from mockloop_server.answer import Answer, NotAcceptable, described_headers, make, problem_answer
from mockloop_server.api import Api, MediaType, Operation
from mockloop_server.call import Call
from mockloop_server.negotiate import best, is_json
from mockloop_server.pointer import ABSENT
from mockloop_server.problem import document
from mockloop_server.schemas import Schemas, Validator
from mockloop_server.served import Served
from mockloop_server.steering.expressions import body_of
from mockloop_server.steering.live import StoredAct
from mockloop_server.steering.respond import prepare
from mockloop_server.steering.rules import Respond, Stored
from mockloop_server.storage import filters
from mockloop_server.storage.documents import Document, Documents, id_text, merging
from mockloop_server.storage.errors import Invalid, NotFound, StorageError
from mockloop_server.storage.ready_made import DESCRIPTION, NAME, stateful

if TYPE_CHECKING:
    from mockloop_server.storage.storage import Collection, Storage

Json = dict[str, Any]
Headers = list[tuple[str, str]]

_PARAMETER = re.compile(r"\{([^{}]+)\}")
_STATUS = {"create": 201, "delete": 204}
_MOST = 1000
_DEPTH = 24
_TOTALS = frozenset(
    {
        "total",
        "totalcount",
        "totalitems",
        "totalresults",
        "totalelements",
        "totalrecords",
        "totalhits",
    }
)


class Steps:
    """Makes what rules do of what they say."""

    def __init__(self, storage: Storage, api: Api) -> None:
        self._storage = storage
        self._api = api
        self._schemas = Schemas(api.schemas)

    def ready_made(self) -> tuple[str, str, Callable[[], dict[str, list[Json]]]]:
        """The scenario that makes the description's collections."""
        return NAME, DESCRIPTION, partial(stateful, self._api)

    def prepare(self, stored: Stored, served: Served) -> StoredAct:
        """What a step does, put to an operation."""
        shape = _Shape(served.operation, stored, self._schemas)
        collection = self._storage[stored.collection].made_with(
            id_field=shape.id_field, ids="integer" if shape.counts else "uuid"
        )
        return _Step(stored, collection, shape, served).answer


class _Step:
    def __init__(
        self, stored: Stored, collection: Collection, shape: _Shape, served: Served
    ) -> None:
        self._stored = stored
        self._collection = collection
        self._shape = shape
        self._served = served

    async def answer(self, call: Call) -> Answer:
        """The answer to a request."""
        self._shape.check_accept(call.request.headers.get("accept"))
        try:
            return await getattr(self, f"_{self._stored.action}")(call)  # type: ignore[no-any-return]
        except StorageError as error:
            answers = self._served.answers
            if answers.operation.response(error.status) is not None:
                prepared = prepare(Respond(error.status), answers, "scenario")
                if prepared is not None:
                    return prepared.answer
            return problem_answer(document(error.status, error.detail), "scenario")

    async def _list(self, call: Call) -> Answer:
        limit, offset = self._whole("limit", call, _MOST), self._whole("offset", call, 0)
        condition = self._condition(call)
        found, total = await self._collection.page(condition, "", min(limit, _MOST), offset)
        return self._shape.list(found, total)

    async def _create(self, call: Call) -> Answer:
        own = self._shape.writable(self._body(call))
        given = self._shape.filled(own | self._given(call))
        made = (await self._collection.add([given]))[0]
        path = call.request.scope["path"].rstrip("/")
        return self._shape.one(made, f"{quote(path)}/{quote(made.id, safe='')}")

    async def _read(self, call: Call) -> Answer:
        id, condition = self._id(call), self._condition(call)
        return self._shape.one(await self._collection.read(id, condition))

    async def _replace(self, call: Call) -> Answer:
        shape = self._shape
        body = shape.writable(self._body(call)) | self._given(call)
        return await self._change(call, lambda old: shape.filled(shape.kept(old) | body))

    async def _patch(self, call: Call) -> Answer:
        merge, given = merging(self._shape.writable(self._body(call))), self._given(call)
        return await self._change(call, lambda old: merge(old) | given)

    async def _change(self, call: Call, change: Callable[[Json], Json]) -> Answer:
        id, condition = self._id(call), self._condition(call)
        return self._shape.one(
            await self._collection.write(Documents.change, id, change, condition)
        )

    async def _delete(self, call: Call) -> Answer:
        await self._collection.write(Documents.delete, self._id(call), self._condition(call))
        return self._shape.none(call)

    def _id(self, call: Call) -> str:
        if self._stored.id is not None:
            value = self._stored.id.value(call)
        else:
            names = _PARAMETER.findall(self._served.operation.path)
            value = call.path.get(names[-1], ABSENT) if names else ABSENT
        if value is ABSENT or value is None:
            raise NotFound("the request does not say which document is meant")
        return id_text(value)

    def _given(self, call: Call) -> Json:
        """What the request says that documents have to have."""
        found = {name: each.value(call) for name, each in self._stored.where.items()}
        return {name: value for name, value in found.items() if value is not ABSENT}

    def _condition(self, call: Call) -> filters.Sql:
        return filters.both([filters.equals(*pair) for pair in self._given(call).items()])

    def _whole(self, name: str, call: Call, default: int) -> int:
        template = getattr(self._stored, name)
        value: Any = ABSENT if template is None else template.value(call)
        try:
            return default if value is ABSENT else min(max(int(value), 0), 2**53)
        except (TypeError, ValueError, OverflowError):
            raise Invalid(f"{name} has to be a whole number") from None

    def _body(self, call: Call) -> Json:
        body = body_of(call)
        if not isinstance(body, dict):
            raise Invalid("the body has to be a JSON object")
        return body


class _Shape:
    """How an operation's answers look."""

    def __init__(self, operation: Operation, stored: Stored, schemas: Schemas) -> None:
        response = operation.responses[operation.answer] if operation.responses else None
        if response is not None and not 200 <= response.code < 300:
            response = None
        self._status = _STATUS.get(stored.action, 200) if response is None else response.code
        self._headers = [] if response is None else described_headers(response)
        content = [] if response is None else response.content
        media = next((each for each in content if is_json(each.content_type)), None)
        # Of an answer that is described without a body none is sent; one in XML is in JSON.
        self._has_body = response is None or bool(content)
        self._type = "application/json" if media is None else media.content_type
        self._offered = (self._type,)
        self._sample = _sample(media)
        self._field = stored.field
        if self._field is None and stored.action == "list" and isinstance(self._sample, dict):
            lists = [name for name, each in self._sample.items() if isinstance(each, list)]
            self._field = lists[0] if len(lists) == 1 else None
        self._validator: Validator | None = None
        if media is not None and self._field is None and isinstance(self._sample, dict):
            self._validator = schemas.validator(media.schema)
        self._totals = _totals(self._sample) if self._field is not None else []
        one, schema = self._sample, None if media is None else media.schema
        if self._field is not None and isinstance(one, dict):
            one = one.get(self._field)
            schema = schemas.shape(schema).properties.get(self._field)
        self._required = _required(schemas, schema)
        self._read_only = _read_only(schemas, schema)
        for each in () if operation.request_body is None else operation.request_body.content:
            self._read_only |= _read_only(schemas, each.schema)
        self.id_field = stored.id_field or "id"
        self.counts = isinstance(one, dict) and type(one.get(self.id_field)) is int

    def check_accept(self, accept: str | None) -> None:
        """Refuse who does not take what is sent."""
        if accept is not None and self._has_body and best(accept, self._offered) is None:
            raise NotAcceptable(self._offered)

    def writable(self, body: Json) -> Json:
        """What a request says, without the members that are the server's own."""
        return {name: value for name, value in body.items() if name not in self._read_only}

    def kept(self, body: Json) -> Json:
        """The members of a document that no request can change."""
        return {name: value for name, value in body.items() if name in self._read_only}

    def filled(self, body: Json) -> Json:
        """A document with what the description's sample has, where it is no answer without."""
        sample, validator = self._sample, self._validator
        if validator is None or not isinstance(sample, dict):
            return body
        id = {self.id_field: sample[self.id_field]} if self.id_field in sample else {}
        if validator.is_valid(id | body):
            return body
        lacking = [name for name in sample if name not in body and name != self.id_field]
        added = {name: sample[name] for name in lacking if name in self._required}
        if not validator.is_valid(id | body | added) and validator.is_valid(sample | body):
            # What is required depends on the rest, as with `oneOf`: all that it cannot be without.
            added = {name: sample[name] for name in lacking}
            for name in lacking:
                fewer = {each: value for each, value in added.items() if each != name}
                if validator.is_valid(id | body | fewer):
                    added = fewer
        return body | added

    def one(self, found: Document, place: str | None = None) -> Answer:
        """A document as an answer, and where it is from now on."""
        own = {"etag": f'"{found.version}"'} | ({} if place is None else {"location": place})
        # What the description says of these is about its sample.
        headers = [(name, own.get(name.lower(), value)) for name, value in self._headers]
        return self._answer(found.body, headers)

    def list(self, bodies: list[Json], total: int) -> Answer:
        """Documents as an answer, of so many that there are without paging."""
        return self._answer(bodies, self._headers, dict.fromkeys(self._totals, total))

    def none(self, call: Call) -> Answer:
        """The answer once a document is gone."""
        return (
            call.mock()
            if self._status != 204 and self._has_body
            else self._made(b"", self._headers)
        )

    def _answer(self, value: Any, headers: Headers, beside: Json | None = None) -> Answer:
        if not self._has_body:
            return self._made(b"", headers)
        if self._field is not None:
            around = self._sample if isinstance(self._sample, dict) else {}
            value = {**around, **(beside or {}), self._field: value}
        return self._made(orjson.dumps(value), headers)

    def _made(self, data: bytes, headers: Headers) -> Answer:
        kind = self._type if self._has_body else None
        return make(self._status, data, kind, headers, "scenario")


def _totals(around: Any) -> list[str]:
    """The members of a described object that by their names say how long the whole list is."""
    members = around if isinstance(around, dict) else {}
    counts = {name: _plain(name) for name, each in members.items() if type(each) is int}
    totals = [name for name, plain in counts.items() if plain in _TOTALS]
    # Beside a total, `count` may be what is on the page.
    return totals or [name for name, plain in counts.items() if plain == "count"]


def _plain(name: str) -> str:
    """`totalCount`, `total_count` and `total-count` are one name."""
    return re.sub("[_-]", "", name).lower()


def _required(schemas: Schemas, schema: Any, depth: int = 0) -> set[str]:
    """Members that a schema requires, whichever of its alternatives is taken."""
    if not isinstance(schema, dict) or depth > _DEPTH:
        return set()
    own = schema.get("required")
    found = set(own) if isinstance(own, list) else set()
    parts = [schemas.resolve(schema["$ref"])] if isinstance(schema.get("$ref"), str) else []
    return found.union(
        *(_required(schemas, part, depth + 1) for part in (*parts, *schema.get("allOf", ())))
    )


def _read_only(schemas: Schemas, schema: Any) -> set[str]:
    found: set[str] = set()
    for name, each in schemas.shape(schema).properties.items():
        described = schemas.deref(each)
        if isinstance(described, dict) and described.get("readOnly") is True:
            found.add(name)
    return found


def _sample(media: MediaType | None) -> Any:
    if media is None or not media.bodies:
        return None
    try:
        return orjson.loads(media.bodies[0].data)
    except ValueError:
        return None
