"""The handlers, by tag of the description."""

from __future__ import annotations

from routes import orders, pets

ROUTES = (orders.routes, pets.routes)
