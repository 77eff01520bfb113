"""The parts of a server that a project may be generated without."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from starlette.types import Receive, Scope

from mockloop_server.admin.contract import Handlers
from mockloop_server.api import Api
from mockloop_server.closing import Closing
from mockloop_server.events import Events
from mockloop_server.log import Log
from mockloop_server.log.secrets import Secrets
from mockloop_server.security import Security
from mockloop_server.served import Outcome
from mockloop_server.settings import Settings
from mockloop_server.steering import Steering

if TYPE_CHECKING:
    # A project may be without it.
    from mockloop_server.storage import Storage  # type: ignore[import-not-found,unused-ignore]

Page = Callable[[Scope, Receive], Awaitable[Outcome]]
"""Answers a path that is not of the description."""


@dataclass(slots=True)
class Host:
    """The server, as a part sees it: what there is, and where the part puts what it adds."""

    api: Api
    settings: Settings
    log: Log
    steering: Steering
    closing: Closing
    claims: Callable[[str], bool]
    """Whether the description has a path itself."""
    events: Events
    secrets: Secrets
    """Names of what is masked wherever requests are shown."""
    security: Security | None = None
    """Judges requests to operations; without it all are served."""
    storage: Storage | None = None
    """What handlers have as `call.storage`."""
    pages: dict[str, Page] = field(default_factory=dict)
    """By path below `/__mockloop`."""
    friendly: dict[str, Page] = field(default_factory=dict)
    """By path, where the description does not claim it."""
    exports: list[Callable[[], Iterator[tuple[str, Iterable[bytes]]]]] = field(default_factory=list)
    """What goes into an archive of all that the server knows: names of files, and their pieces."""
    shared: set[str] = field(default_factory=set)
    """Of these paths, those that pages of other origins may call."""


class Part(Protocol):
    """A part of a server."""

    tag: str
    """Its name, and the tag of the operations of the admin API that it answers."""

    def install(self, host: Host) -> Handlers:
        """Take its place in a server; gives the handlers of its operations."""

    def start(self) -> None:
        """Begin to work, in a thread; the database is there by now."""

    def stop(self) -> None:
        """End all work, in a thread."""


OPTIONAL = ("admin_ui", "auth", "storage", "webhooks")
"""The tags of all parts that there are."""


def absent(parts: Sequence[Part]) -> frozenset[str]:
    """The tags of parts that a server does not have."""
    return frozenset(OPTIONAL) - {part.tag for part in parts}
