"""The storage: collections of JSON documents that handlers, scenarios and the admin API share.

This file is yours: it is kept when the project is generated again. `docs/storage.md` of MockLoop
tells all that there is. A handler has the storage as `call.storage`, so that what is posted can be
got again:

    @routes.operation("createPet")
    async def create_pet(call: Call) -> Answer:
        return call.json(await call.storage["pets"].create(call.body), status=201)

    @routes.operation("getPet")
    async def get_pet(call: Call) -> Answer:
        return call.json(await call.storage["pets"].get(call.path["petId"]))

The ready-made scenario `stateful` does this for a whole description without code.
"""

from __future__ import annotations

from pathlib import Path

from mockloop_server.storage import Storage

HERE = Path(__file__).parent


def make_storage() -> Storage:
    """The storage of the server; `limits=Limits(...)` sets limits that the environment cannot."""
    # `mock_data/pets.json`, an array of objects, is what the collection `pets` begins with.
    return Storage(HERE / "mock_data")
