"""The part of a server that tells others of what happens."""

from __future__ import annotations

from mockloop_server.admin.contract import Handlers
from mockloop_server.part import Host
from mockloop_server.webhooks.declared import Declarations
from mockloop_server.webhooks.desk import Desk
from mockloop_server.webhooks.dispatcher import Dispatcher, Limits
from mockloop_server.webhooks.expressions import caller
from mockloop_server.webhooks.handlers import webhook_handlers
from mockloop_server.webhooks.intake import Intake
from mockloop_server.webhooks.message import BeforeSending
from mockloop_server.webhooks.sender import Sender
from mockloop_server.webhooks.store import Store
from mockloop_server.webhooks.targets import Targets


class Webhooks:
    """Registered webhooks, and the description's own callbacks and webhooks."""

    tag = "webhooks"

    def __init__(self, before_sending: BeforeSending | None = None) -> None:
        self._before_sending = before_sending

    def install(self, host: Host) -> Handlers:
        """Listen to what happens, and answer the admin API's operations."""
        settings = host.settings
        self._database = settings.database
        store = Store(settings.database)
        targets = Targets(settings.webhook_hosts)
        sender = Sender(targets, settings.webhook_timeout)
        declarations = Declarations(host.api)
        self._dispatcher = Dispatcher(
            store,
            sender,
            Limits(
                settings.webhook_attempts,
                settings.webhook_retry_seconds,
                settings.webhook_max_rows,
                settings.webhook_max_age_days,
            ),
        )
        self._intake = Intake(
            host.api,
            store,
            declarations,
            host.secrets,
            self._before_sending,
            settings.webhook_queue,
            self._dispatcher.wake,
        )
        host.events.on_request = self._intake.on_request
        host.events.on_change = self._intake.on_change
        if settings.callbacks and declarations.by_operation:
            host.events.on_answer = self._intake.on_answer
            host.events.asks = {
                id: caller(each.expression or "" for each in declared)
                for id, declared in declarations.by_operation.items()
            }
        desk = Desk(host.api, store, targets, sender, declarations, self._intake, self._dispatcher)
        return webhook_handlers(desk)

    def start(self) -> None:
        """Begin to take and to send."""
        self._intake.start(self._database)
        self._dispatcher.start()

    def stop(self) -> None:
        """Put what was taken into the queue, and stop to send."""
        self._intake.stop()
        self._dispatcher.stop()
