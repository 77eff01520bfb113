"""Operations with the tag pets.

A handler that returns `call.mock()` answers as the description says. Return something else to
answer in your own way; what you change here is kept.
"""

from __future__ import annotations

from mockloop_server import Answer, Call, Routes

routes = Routes()


@routes.operation("listPets")
async def list_pets(call: Call) -> Answer:
    """List pets.

    Pets in the shop, the newest first, a page at a time.

    GET /pets
    """
    return call.mock()


@routes.operation("addPet")
async def add_pet(call: Call) -> Answer:
    """Add a pet.

    POST /pets
    """
    return call.mock()


@routes.operation("getPetById")
async def get_pet_by_id(call: Call) -> Answer:
    """Find a pet by its id.

    GET /pets/{petId}
    """
    return call.mock()


@routes.operation("updatePet")
async def update_pet(call: Call) -> Answer:
    """Change a pet.

    PATCH /pets/{petId}
    """
    return call.mock()


@routes.operation("removePet")
async def remove_pet(call: Call) -> Answer:
    """Remove a pet.

    DELETE /pets/{petId}
    """
    return call.mock()


@routes.operation("setPhoto")
async def set_photo(call: Call) -> Answer:
    """Set a pet's photo.

    PUT /pets/{petId}/photo
    """
    return call.mock()


@routes.operation("getPhoto")
async def get_photo(call: Call) -> Answer:
    """A pet's photo.

    GET /pets/{petId}/photo
    """
    return call.mock()
