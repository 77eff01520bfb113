"""The storage as handlers have it."""

import asyncio

import pytest
from anyio.from_thread import run
from describe import op, param, response

from mockloop_server import Routes
from mockloop_server.storage import NotFound, Storage

ITEM = param("id", place="path")


@pytest.fixture
def ask(mock):
    """Runs a handler, and gives its answer."""

    def serve(handler):
        routes = Routes()
        routes.operation("x")(handler)
        return mock(op("GET", "/x", id="x"), routes=routes, parts=[Storage()]).get("/x")

    return serve


def test_what_is_posted_can_be_got(mock):
    routes = Routes()

    @routes.operation("create")
    async def create(call):
        return call.json(await call.storage["pets"].create({"name": "Rex"}), status=201)

    @routes.operation("get")
    async def get(call):
        return await call.storage["pets"].get(call.path["id"])

    m = mock(
        op("POST", "/pets", id="create", responses=[response("201", {})]),
        op("GET", "/pets/{id}", ITEM, id="get"),
        routes=routes,
        parts=[Storage()],
    )
    made = m("POST", "/pets")
    assert made.status_code == 201
    assert m.get(f"/pets/{made.json()['id']}").json() == made.json()
    missing = m.get("/pets/7")
    assert missing.status_code == 404
    assert missing.json()["detail"] == "'pets' has no document '7'"


def test_all_ways_of_a_collection(ask):
    async def handler(call):
        pets = call.storage["pets"]
        assert await pets.find() == []
        assert await pets.count() == await pets.clear() == 0
        await pets.create_many([{"id": n, "price": n, "kind": "dog"} for n in range(5)])
        assert [each["id"] for each in await pets.find("price>1", sort="-price", limit=2)] == [4, 3]
        assert await pets.count(kind="dog") == 5
        assert await pets.patch(1, {"kind": "cat"}) == {"id": 1, "price": 1, "kind": "cat"}
        assert await pets.replace(2, {"kind": "cat"}) == {"id": 2, "kind": "cat"}
        assert await pets.find(kind=["cat", "cow"], price=1) == [await pets.get("1")]
        await pets.delete(1)
        with pytest.raises(NotFound):
            await pets.get(1)
        await call.storage.snapshot("before")
        assert await pets.clear("price>3") == 1
        await call.storage.restore("before")
        assert await pets.count() == 4
        await call.storage.reset()
        assert await call.storage.names() == ["pets"]
        return call.json(await pets.count())

    answer = ask(handler)
    assert (answer.status_code, answer.json()) == (200, 0)


def test_updates_at_the_same_time_lose_nothing(ask):
    async def handler(call):
        counters = call.storage["counters"]
        await counters.create({"id": "c", "n": 0})
        change = lambda document: {**document, "n": document["n"] + 1}  # noqa: E731
        await asyncio.gather(*(counters.update("c", change) for _ in range(50)))
        return await counters.get("c")

    assert ask(handler).json() == {"id": "c", "n": 50}


def test_change_that_fails_leaves_the_document(ask):
    async def handler(call):
        pets = call.storage["pets"]
        await pets.create({"id": "1", "n": 1})
        with pytest.raises(ZeroDivisionError):
            await pets.update("1", lambda document: {"n": document["n"] / 0})
        return await pets.get("1")

    assert ask(handler).json() == {"id": "1", "n": 1}


def test_plain_handler_uses_it_from_its_thread(ask):
    def handler(call):
        return run(call.storage["pets"].create, {"id": "1"})

    assert ask(handler).json() == {"id": "1"}


@pytest.mark.parametrize(
    ("document", "status"),
    [
        ({"n": 2**70}, 400),
        ({"n": object()}, 400),
        ({"n": "\ud800"}, 400),
        ([], 400),
        ({"id": True}, 400),
        ({"id": ""}, 400),
        ({"id": ".."}, 400),
        ({"x": "x" * 2_000_000}, 413),
    ],
    ids=lambda each: str(each)[:20].encode("ascii", "replace").decode(),
)
def test_document_that_cannot_be_kept_is_refused(ask, document, status):
    async def handler(call):
        return await call.storage["pets"].create(document)

    assert ask(handler).status_code == status


def test_handler_without_storage_is_told_what_to_do(mock, caplog):
    routes = Routes()

    @routes.operation("x")
    async def handler(call):
        return await call.storage["pets"].find()

    assert mock(op("GET", "/x", id="x"), routes=routes).get("/x").status_code == 500
    assert "have make_storage() among the parts in main.py" in caplog.text
