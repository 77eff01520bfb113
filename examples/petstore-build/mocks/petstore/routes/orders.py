"""Operations with the tag orders.

A handler that returns `call.mock()` answers as the description says. Return something else to
answer in your own way; what you change here is kept.
"""

from __future__ import annotations

from mockloop_server import Answer, Call, Routes

routes = Routes()


@routes.operation("placeOrder")
async def place_order(call: Call) -> Answer:
    """Buy a pet.

    POST /orders
    """
    return call.mock()


@routes.operation("getOrder")
async def get_order(call: Call) -> Answer:
    """One order.

    GET /orders/{orderId}
    """
    return call.mock()


@routes.operation("getInventory")
async def get_inventory(call: Call) -> Answer:
    """How many pets there are of each state.

    GET /inventory.{format}
    """
    return call.mock()
