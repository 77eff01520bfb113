"""From what happens to the messages that tell of it, on a thread of its own."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson

from mockloop_server.api import Api
from mockloop_server.events import DELIVERY_BYTES, Answered
from mockloop_server.log.database import LogError
from mockloop_server.log.record import COLUMNS, Record, Rows, readable
from mockloop_server.log.secrets import Secrets
from mockloop_server.steering.shared import FIRST, Shared
from mockloop_server.steering.store import now
from mockloop_server.webhooks.declared import Declarations
from mockloop_server.webhooks.expressions import Exchange, Unresolved, fill, seen
from mockloop_server.webhooks.message import BeforeSending, Message
from mockloop_server.webhooks.rows import Hook
from mockloop_server.webhooks.store import DELETED, INACTIVE, MOVED, Store

logger = logging.getLogger("mockloop")

_NAMES = COLUMNS.split(", ")
_LEFT_OUT = frozenset({"is_admin"})
_BODY = 16 * 1024
_MOST_WAITING = 2_000
_MOST_BYTES = 32 * 1024 * 1024
_BATCH = 200
_AGAIN_SECONDS = 1.0
_NEVER = -1
_FAILED = "webhook_handler.py failed, see the server's output"

Happened = Record | Answered | dict[str, Any]


class Intake:
    """Takes what happens without waiting, and puts messages into the queue of the database."""

    def __init__(
        self,
        api: Api,
        store: Store,
        declarations: Declarations,
        secrets: Secrets,
        before_sending: BeforeSending | None,
        capacity: int,
        sent: Callable[[], None],
    ) -> None:
        self._api = api
        self._store = store
        self._declarations = declarations
        self._rows = Rows(secrets, _BODY)
        self._before_sending = before_sending
        self.capacity = capacity
        """How many deliveries may wait in the database."""
        self.error: str | None = None
        """Why messages were last lost; it stays, as they do not come back."""
        self._sent = sent
        self._shared: Shared | None = None
        self._signal = memoryview(bytes(8)).cast("Q")
        self._seen = 0
        self._hooks: list[Hook] = []
        self._wants_requests = False
        self._wants_violations = False
        self._waiting: deque[tuple[Happened, int]] = deque()
        self._bytes = 0
        self._lock = threading.Lock()
        self._drops = 0
        self._wake = threading.Event()
        self._idle = False
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._has_complained = False

    def start(self, database: Path) -> None:
        """Begin to take."""
        self._shared = Shared(database, "webhooks", FIRST)
        self._signal = self._shared.numbers
        self._seen = _NEVER
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="mockloop-events", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Put what was taken into the queue, and end."""
        if self._thread is None:
            return
        self._stopping = True
        self._wake.set()
        self._thread.join()
        self._thread = None
        if self._shared is not None:
            shared, self._shared = self._shared, None
            self._signal = memoryview(bytes(8)).cast("Q")
            shared.close()

    def announce(self) -> None:
        """Tell all workers that webhooks have changed."""
        if self._shared is not None:
            self._shared.announce()

    def on_request(self, record: Record) -> None:
        """Take a request, if anybody wants to know of it."""
        if self._signal[0] == self._seen and not self._wants_requests:
            if not (self._wants_violations and record.violations):
                return
        if record.is_admin or record.status is None:
            return
        for name, _ in record.headers:
            if name == DELIVERY_BYTES:
                return
        chunks = (*record.request_chunks, *record.response_chunks)
        self._offer(record, sum(map(len, chunks)))

    def on_answer(self, answered: Answered) -> None:
        """Take an answer to a request that may ask for a callback."""
        if DELIVERY_BYTES in answered.request.headers:
            return
        status, _, body = seen(answered.outcome)
        if 200 <= status < 300:
            self._offer(answered, len(answered.request.body) + len(body))

    def on_change(self, change: dict[str, Any]) -> None:
        """Take a change of scenarios and overrides."""
        if self._signal[0] != self._seen or self._hooks:
            self._offer(change, 0)

    @property
    def drops(self) -> int:
        """Events that found no room, and are not yet counted in the database."""
        return self._drops

    def prepared(self, message: Message) -> Message | None:
        """A message as the project's owner has it sent; errors are the owner's."""
        if self._before_sending is None:
            return message
        # What is told of a failure is the message as it was.
        made = self._before_sending(replace(message, headers=dict(message.headers)))
        if made is not None:
            made.check()
        return made

    def _offer(self, what: Happened, size: int) -> None:
        size += 500
        with self._lock:
            if len(self._waiting) >= _MOST_WAITING or self._bytes + size > _MOST_BYTES:
                self._drops += 1
                return
            self._waiting.append((what, size))
            self._bytes += size
        if self._idle:
            self._wake.set()

    def _run(self) -> None:
        while True:
            self._idle = True
            if not (self._waiting or self._stopping):
                self._wake.wait()
            self._idle = False
            self._wake.clear()
            with self._lock:
                count = min(len(self._waiting), _BATCH)
                taken = [self._waiting.popleft() for _ in range(count)]
            if not taken and not self._drops and self._stopping:
                return
            try:
                self._keep([what for what, _ in taken])
            except Exception as error:
                # Whatever it is, what happens after it is still told.
                logger.exception("%d events are lost: %s", len(taken), error)
                self.error = f"events are lost: {error!r}"
                with self._lock:
                    # At the end nobody is left to count them.
                    self._drops = 0 if self._stopping else self._drops + len(taken)
            with self._lock:
                self._bytes -= sum(size for _, size in taken)

    def _keep(self, happened: list[Happened]) -> None:
        """Put messages into the queue; tries again while the database cannot be used."""
        made: list[tuple[Message, str | None]] | None = None
        while True:
            try:
                if made is None:
                    self._reload()
                    made = [each for what in happened for each in self._messages(what)]
                self._add(made)
                self._has_complained = False
                return
            except LogError as error:
                if not self._has_complained:
                    logger.error("%s", error)
                self._has_complained = True
                if self._stopping:
                    logger.error("%d events are lost", len(happened))
                    self._drops = 0
                    return
                time.sleep(_AGAIN_SECONDS)

    def _add(self, made: list[tuple[Message, str | None]]) -> None:
        drops = self._drops
        if not made and not drops:
            return
        with self._store.writing() as tables:
            room = max(0, self.capacity - tables.pending())
            lost = 0
            # Webhooks may have changed since the messages were made for them.
            made_for = {each.id: each for each in self._hooks}
            hooks = {each.id: each for each in tables.hooks()}
            for message, failure in made[:room]:
                try:
                    id = tables.add(message)
                    if failure is not None:
                        tables.end(id, "failed", failure)
                    elif change := _change(message.webhook_id, made_for, hooks):
                        tables.end(id, "cancelled", change)
                except (sqlite3.OperationalError, OSError):
                    raise  # the database's fault: tried again
                except Exception as error:
                    logger.exception("a message of %r is lost: %s", message.event, error)
                    self.error = f"a message of {message.event!r} is lost: {error!r}"
                    lost += 1
            tables.count_drops(drops + lost + len(made[room:]))
        with self._lock:
            self._drops -= drops
        self._sent()

    def _reload(self) -> None:
        if self._signal[0] == self._seen:
            return
        signal = self._signal[0]
        with self._store.reading() as tables:
            hooks = [each for each in tables.hooks() if each.active]
        self._hooks = hooks
        self._wants_requests = any(each.wants("request.received") for each in hooks)
        self._wants_violations = any(each.wants("validation.failed") for each in hooks)
        self._seen = signal

    def _messages(self, what: Happened) -> Iterator[tuple[Message, str | None]]:
        """Messages with why they cannot be sent, if so."""
        try:
            for message in self._made(what):
                try:
                    prepared = self.prepared(message)
                except Exception:
                    logger.exception("webhook_handler.py failed for %s", message.event)
                    yield message, _FAILED
                else:
                    if prepared is not None:
                        yield prepared, None
        except Exception as error:
            logger.exception("an event is lost: %s", error)

    def _made(self, what: Happened) -> Iterator[Message]:
        if isinstance(what, Record):
            wanted = [("request.received", True), ("validation.failed", bool(what.violations))]
            if any(there and self._listeners(event) for event, there in wanted):
                row = dict(zip(_NAMES, self._rows.row(what), strict=True))
                data = {k: v for k, v in readable(row).items() if k not in _LEFT_OUT}
                for event, there in wanted:
                    if there:
                        yield from self._told(event, data)
        elif isinstance(what, Answered):
            yield from self._callbacks(what)
        else:
            event = "override.changed" if "override" in what["action"] else "scenario.changed"
            members = ("action", "actor", "scenario", "operation_id", "session_id", "details")
            yield from self._told(event, {name: what.get(name) for name in members})

    def _callbacks(self, answered: Answered) -> Iterator[Message]:
        exchange = Exchange.of(answered)
        for declared in self._declarations.by_operation[answered.operation_id]:
            try:
                url = fill(declared.expression or "", exchange.resolve)
            except Unresolved:
                continue  # nobody asked to be called back
            content = declared.body, declared.content_type, declared.method
            yield Message(declared.event, url, *content)
            for hook in self._listeners(declared.event):
                yield Message(declared.event, hook.url, *content, webhook_id=hook.id)

    def _told(self, event: str, data: Any) -> Iterator[Message]:
        hooks = self._listeners(event)
        if hooks:
            body = envelope(self._api, event, data)
            for hook in hooks:
                yield Message(event, hook.url, body, webhook_id=hook.id)

    def _listeners(self, event: str) -> list[Hook]:
        return [each for each in self._hooks if each.wants(event)]


def _change(id: str | None, old: dict[str, Hook], new: dict[str, Hook]) -> str | None:
    """Why nothing that was made for a webhook is sent to it any more."""
    if id is None:
        return None
    if id not in new:
        return DELETED
    if not new[id].active:
        return INACTIVE
    return MOVED if id in old and old[id].url != new[id].url else None


def envelope(api: Api, event: str, data: Any) -> bytes:
    """The body of the server's own events."""
    return orjson.dumps(
        {
            "id": uuid4().hex,
            "event": event,
            "timestamp": now(),
            "mock": {"title": api.title, "version": api.version},
            "data": data,
        },
        default=str,
    )
