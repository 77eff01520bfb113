"""Who may call the mock, and what its tokens say.

The security of the description is enforced by `mockloop_server/auth`; credentials are registered by
the admin API, below `/admin/api/auth`. This file is yours: what you change here is kept.
"""

from __future__ import annotations

from typing import Any

from mockloop_server.api import Operation
from mockloop_server.auth import Auth, Caller, Grant


def claims(grant: Grant) -> dict[str, Any]:
    """What tokens say beyond the standard's claims, such as roles; called for each new token."""
    del grant
    return {}


def permits(caller: Caller, operation: Operation) -> bool:
    """Whether somebody with valid credentials may call an operation; a refusal is a 403.

    Called for each request once it is given to `Auth`. It may be `async`.
    """
    del caller, operation
    return True


def make_auth() -> Auth:
    """The part of the server; `Auth(claims=claims, permits=permits)` asks the second one too."""
    return Auth(claims=claims)
