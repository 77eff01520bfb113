"""What a person can do with webhooks; works on the database and on the network, in threads."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import orjson

from mockloop_server.api import Api
from mockloop_server.log.secrets import MASK
from mockloop_server.problem import Violation
from mockloop_server.steering.findings import Conflict, NotFound, did_you_mean
from mockloop_server.steering.store import now
from mockloop_server.webhooks.declared import OWN_EVENTS, TEST, Declarations, Declared
from mockloop_server.webhooks.dispatcher import LEASE_SECONDS, Dispatcher
from mockloop_server.webhooks.expressions import Unresolved, expressions, fill
from mockloop_server.webhooks.intake import Intake, envelope
from mockloop_server.webhooks.message import Message
from mockloop_server.webhooks.rows import Hook, Row, fits, view
from mockloop_server.webhooks.sender import Sender, is_free, is_secret
from mockloop_server.webhooks.store import DELETED, INACTIVE, MOVED, Store
from mockloop_server.webhooks.targets import Forbidden, Targets, Unknown

_MOST_HOOKS = 200
_MARGIN_SECONDS = 60.0


class Wrong(Exception):
    """A call with values that cannot be used."""

    def __init__(self, *violations: Violation) -> None:
        super().__init__("; ".join(each.message for each in violations))
        self.violations = violations


class Desk:
    """Registers, tests, shows and sends by hand."""

    def __init__(
        self,
        api: Api,
        store: Store,
        targets: Targets,
        sender: Sender,
        declarations: Declarations,
        intake: Intake,
        dispatcher: Dispatcher,
    ) -> None:
        self._api = api
        self._store = store
        self._targets = targets
        self._sender = sender
        self._declarations = declarations
        self._intake = intake
        self._dispatcher = dispatcher

    def page(self, limit: int, offset: int) -> tuple[list[Row], int]:
        """Webhooks, oldest first, and how many there are."""
        with self._store.reading() as tables:
            return [each.view() for each in tables.hooks(limit, offset)], tables.count_hooks()

    def get(self, id: str) -> Row:
        """One webhook."""
        return self._hook(id).view()

    def create(self, given: Row) -> Row:
        """Register a webhook."""
        time = now()
        hook = Hook(f"hook_{secrets.token_hex(8)}", "", [], "", {}, None, True, time, time)
        self._change(hook, given)
        with self._store.writing() as tables:
            if tables.count_hooks() >= _MOST_HOOKS:
                raise Conflict(f"there are {_MOST_HOOKS} webhooks: delete some")
            tables.save(hook)
        self._intake.announce()
        return hook.view()

    def update(self, id: str, given: Row) -> Row:
        """Change some of a webhook."""
        self._change(self._hook(id), given)  # told before anybody waits for this
        with self._store.writing() as tables:
            hook = tables.hook(id)
            if hook is None:
                raise _no_webhook(id)
            url = hook.url
            self._assign(hook, given)
            hook.updated_at = now()
            tables.save(hook)
            if not hook.active:
                tables.cancel(id, INACTIVE)
            elif hook.url != url:
                # The old receiver may have neither the new secret nor the new headers.
                tables.cancel(id, MOVED)
        self._intake.announce()
        return hook.view()

    def delete(self, id: str) -> None:
        """Forget a webhook."""
        with self._store.writing() as tables:
            if not tables.forget(id):
                raise _no_webhook(id)
            tables.cancel(id, DELETED)
        self._intake.announce()

    def test(self, id: str) -> Row:
        """Send to a webhook now; what came of it."""
        hook = self._hook(id)
        data = {"webhook_id": hook.id, "description": hook.description}
        body = envelope(self._api, TEST, data)
        message = self._prepared(Message(TEST, hook.url, body, webhook_id=hook.id))
        claim = f"test-{secrets.token_hex(8)}"
        later = self._sender.seconds + LEASE_SECONDS + _MARGIN_SECONDS
        with self._store.writing() as tables:
            delivery = tables.add(message, due_in=later)
            work = tables.work(delivery, claim)
        if work is None:
            raise _no_delivery(delivery)
        attempt = self._sender.attempt(work.parcel)
        status, reason, due_at = self._dispatcher.outcome(work, attempt)
        if due_at is not None:
            status = "failed"
        with self._store.writing() as tables:
            tables.finish(work, attempt, status, reason, None)
        return self.delivery(delivery)

    def events(self, limit: int, offset: int) -> tuple[list[Row], int]:
        """Every event that there is."""
        found = self._declarations.views()
        return found[offset : offset + limit], len(found)

    def trigger(self, given: Row) -> list[Row]:
        """Send a callback or webhook of the description; the deliveries."""
        declared = self._declared(given)
        body, content_type = declared.body, declared.content_type
        if "body" in given:
            body = orjson.dumps(given["body"])
            content_type = content_type or "application/json"
        content = body, content_type, declared.method
        messages: list[Message] = []
        if "url" in given:
            self._check_url(given["url"])
            messages.append(Message(declared.event, given["url"], *content))
        elif declared.expression is not None:
            url = _resolved(declared.expression, given.get("values", {}))
            messages.append(Message(declared.event, url, *content))
        if "url" not in given:
            with self._store.reading() as tables:
                hooks = [each for each in tables.hooks() if each.wants(declared.event)]
            messages += [
                Message(declared.event, hook.url, *content, webhook_id=hook.id) for hook in hooks
            ]
        if not messages:
            raise Conflict(
                f"no active webhook is registered for {declared.event}: register one, or give a url"
            )
        prepared = [self._prepared(each) for each in messages]
        return self._queue(prepared)

    def redeliver(self, id: str) -> Row:
        """Send the same body again."""
        with self._store.reading() as tables:
            row = tables.delivery(id)
            if row is None:
                raise _no_delivery(id)
            hook = None if row["webhook_id"] is None else tables.hook(row["webhook_id"])
        if row["webhook_id"] is not None and hook is None:
            raise Conflict("its webhook was deleted: what was sent to it cannot be sent again")
        message = Message(
            event=row["event"],
            url=row["url"] if hook is None else hook.url,
            body=row["body"],
            content_type=row["content_type"],
            method=row["method"],
            headers=orjson.loads(row["headers"]),
            webhook_id=row["webhook_id"],
        )
        return self._queue([message], redelivery_of=id)[0]

    def queue(self) -> Row:
        """What waits."""
        with self._store.reading() as tables:
            return {
                "pending": tables.pending(),
                "dropped": tables.dropped() + self._intake.drops,
                "error": self._dispatcher.error or self._intake.error,
            }

    def history(
        self,
        limit: int,
        offset: int,
        webhook_id: str | None,
        event: str | None,
        status: str | None,
    ) -> tuple[list[Row], int]:
        """Deliveries, newest first, and how many there are."""
        with self._store.reading() as tables:
            rows, total = tables.history(limit, offset, webhook_id, event, status)
        return [view(row, whole=False) for row in rows], total

    def delivery(self, id: str) -> Row:
        """One delivery, whole."""
        with self._store.reading() as tables:
            row = tables.delivery(id)
        if row is None:
            raise _no_delivery(id)
        return view(row)

    def _queue(self, messages: list[Message], redelivery_of: str | None = None) -> list[Row]:
        with self._store.writing() as tables:
            if tables.pending() + len(messages) > self._intake.capacity:
                raise Conflict("the queue is full: wait, or set MOCKLOOP_WEBHOOK_QUEUE")
            ids = [tables.add(each, redelivery_of=redelivery_of) for each in messages]
            rows = [row for id in ids if (row := tables.delivery(id)) is not None]
        self._dispatcher.wake()
        return [view(row) for row in rows]

    def _prepared(self, message: Message) -> Message:
        try:
            prepared = self._intake.prepared(message)
        except Exception as error:
            raise Conflict(f"webhook_handler.py failed: {error!r}") from error
        if prepared is None:
            raise Conflict("webhook_handler.py does not let this message be sent")
        return prepared

    def _hook(self, id: str) -> Hook:
        with self._store.reading() as tables:
            hook = tables.hook(id)
        if hook is None:
            raise _no_webhook(id)
        return hook

    def _change(self, hook: Hook, given: Row) -> None:
        violations: list[Violation] = []
        for name, check in (("url", self._check_url), ("headers", _check_headers)):
            if name in given:
                violations += _found(check, given[name])
        for index, event in enumerate(given.get("events", ())):
            if message := self._unknown(event):
                violations.append(Violation("body", f"/events/{index}", message))
        if violations:
            raise Wrong(*violations)
        self._assign(hook, given)

    def _assign(self, hook: Hook, given: Row) -> None:
        if "headers" in given:
            # What was given out masked comes back so.
            given = {
                **given,
                "headers": {
                    name: hook.headers.get(name, value)
                    if value == MASK and is_secret(name)
                    else value
                    for name, value in given["headers"].items()
                },
            }
        for name in ("url", "events", "secret", "headers", "description", "active"):
            if name in given:
                setattr(hook, name, given[name])

    def _check_url(self, url: str) -> None:
        try:
            self._targets.resolve(url)
        except Forbidden as error:
            raise Wrong(Violation("body", "/url", str(error))) from None
        except Unknown:
            pass  # the name may have an address by the time it is needed

    def _unknown(self, event: str) -> str | None:
        names = self._declarations.names
        if event == "*" or any(fits(event, name) for name in names):
            return None
        if event.endswith("*"):
            return f"no event begins with {event[:-1]!r}; there are: {', '.join(names[:20])}"
        hint = did_you_mean(event, names) or f"there are: {', '.join(names[:20])}"
        return f"there is no event {event!r}; {hint}"

    def _declared(self, given: Row) -> Declared:
        name, operation, method = (given.get(each) for each in ("name", "operation_id", "method"))
        found = self._declarations.find(str(name), operation, method)
        if not found:
            events = list(dict.fromkeys(each.event for each in self._declarations.all))
            where = f" of {operation}" if operation else ""
            if name in OWN_EVENTS:
                message = (
                    f"{name} is told by the server itself: POST /api/webhooks/ID/test sends one"
                )
            else:
                known = ", ".join(events[:20]) or "none"
                hint = did_you_mean(str(name), events) or f"there are: {known}"
                message = f"the description has no callback or webhook {name!r}{where}; {hint}"
            raise Wrong(Violation("body", "/name", message))
        if len(found) > 1:
            which = ", ".join(
                " ".join(filter(None, (each.event, each.method, each.operation_id)))
                for each in found[:10]
            )
            message = f"several are meant: {which}; say which by the event, operation_id and method"
            raise Wrong(Violation("body", "/name", message))
        return found[0]


def _resolved(template: str, values: dict[str, str]) -> str:
    missing = [each for each in expressions(template) if each not in values]
    if missing:
        raise Wrong(
            Violation(
                "body",
                "/values",
                f"it goes to {template}: give a url, or values for {', '.join(missing)}",
            )
        )

    def resolve(expression: str) -> str:
        if expression not in values:
            raise Unresolved(expression)
        return values[expression]

    return fill(template, resolve)


def _check_headers(headers: dict[str, str]) -> None:
    wrong = [
        Violation("body", f"/headers/{name}", "is set by the server itself")
        for name in headers
        if not is_free(name)
    ]
    if wrong:
        raise Wrong(*wrong)


def _found(check: Callable[[Any], None], value: Any) -> list[Violation]:
    try:
        check(value)
    except Wrong as error:
        return list(error.violations)
    return []


def _no_webhook(id: str) -> NotFound:
    return NotFound(f"there is no webhook {id!r}")


def _no_delivery(id: str) -> NotFound:
    return NotFound(f"there is no delivery {id!r}")
