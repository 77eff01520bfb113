"""Sends what waits in the database, whichever worker of the server put it there."""

from __future__ import annotations

import logging
import os
import queue
import random
import secrets
import threading
import time
from collections import Counter, deque
from dataclasses import dataclass

from mockloop_server.log.database import LogError
from mockloop_server.steering.store import now
from mockloop_server.webhooks.rows import Work
from mockloop_server.webhooks.sender import Attempt, Sender
from mockloop_server.webhooks.store import Store

logger = logging.getLogger("mockloop")

LEASE_SECONDS = 15.0
"""How long a worker that was killed keeps others from what it was sending."""

_RENEW_SECONDS = 4.0
_POLL_SECONDS = 5.0
_AGAIN_SECONDS = 1.0
_TRIM_SECONDS = 60.0
_STOP_SECONDS = 2.0
_SENDERS = 8
_EACH = 2
_LONGEST_PAUSE = 3600.0


@dataclass(frozen=True, slots=True)
class Limits:
    """How often is tried, and how much is kept."""

    attempts: int
    retry_seconds: float
    rows: int
    days: float


class Dispatcher:
    """One thread that asks the database, and a few that send, once there is something to send.

    A target gets a few at a time, so that one that hangs leaves threads for the others.
    """

    def __init__(self, store: Store, sender: Sender, limits: Limits) -> None:
        self._store = store
        self._sender = sender
        self._limits = limits
        self.error: str | None = None
        """What keeps this worker from sending."""
        self._claim = ""
        self._wake = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._senders: list[threading.Thread] = []
        self._work: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._running: dict[int, Work] = {}
        self._done: deque[tuple[Work, Attempt]] = deque()
        self._renewed = 0.0
        self._trimmed = 0.0

    def start(self) -> None:
        """Begin to send."""
        self._claim = f"{os.getpid()}-{secrets.token_hex(8)}"
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="mockloop-webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; what is not sent by then is sent by another worker, or after the next start."""
        if self._thread is None:
            return
        self._stopping = True
        self._wake.set()
        self._thread.join()
        self._thread = None
        for _ in self._senders:
            self._work.put(None)
        self._senders.clear()

    def wake(self) -> None:
        """Look at once for what is due."""
        self._wake.set()

    def outcome(self, work: Work, attempt: Attempt) -> tuple[str, str | None, float | None]:
        """The status after an attempt, why, and when the next one is due."""
        if attempt.is_accepted:
            return "delivered", None, None
        reason = attempt.error or f"the receiver answered {attempt.status_code}"
        if attempt.is_refused:
            return "refused", reason, None
        made = len(work.attempts) + 1
        if not attempt.may_pass or made >= self._limits.attempts:
            return "failed", f"{reason}; attempts: {made}", None
        return "pending", reason, time.time() + self._pause(made, attempt.retry_after)

    def _pause(self, made: int, asked: float | None) -> float:
        longest = min(self._limits.retry_seconds * 2.0 ** min(made - 1, 30), _LONGEST_PAUSE)
        # Receivers that failed together are not asked again together.
        pause = longest * random.uniform(0.5, 1.0)
        return max(pause, min(asked or 0.0, _LONGEST_PAUSE))

    def _run(self) -> None:
        pause = 0.0
        while not self._stopping:
            self._wake.wait(pause)
            self._wake.clear()
            try:
                pause = self._turn()
            except LogError as error:
                self._complain(error)
                pause = _AGAIN_SECONDS
            except Exception as error:
                logger.exception("webhooks: %s", error)
                self.error = repr(error)
                pause = _AGAIN_SECONDS
            else:
                self.error = None
        self._end()

    def _turn(self) -> float:
        """Write what was done and take what is due; seconds until there is more to do."""
        at = time.monotonic()
        self._finish()
        if self._running and at - self._renewed > _RENEW_SECONDS:
            with self._store.writing() as tables:
                tables.renew(self._claim, list(self._running), LEASE_SECONDS)
            self._renewed = at
        if at - self._trimmed > _TRIM_SECONDS:
            with self._store.writing() as tables:
                tables.trim(self._limits.rows, self._limits.days)
            self._trimmed = at
        longest = _RENEW_SECONDS if self._running else _POLL_SECONDS
        free = _SENDERS - len(self._running)
        if free <= 0:
            return longest
        busy = self._busy()
        with self._store.reading() as tables:
            due = tables.next_due(busy)
        if due is None:
            return longest
        if (seconds := due - time.time()) > 0:
            return min(seconds, longest)
        each = 1 if self._running else _EACH
        with self._store.writing() as tables:
            claimed = tables.claim(self._claim, LEASE_SECONDS, free, busy, each)
        for work in claimed:
            self._running[work.number] = work
            self._work.put(work)
        while len(self._senders) < min(len(self._running), _SENDERS):
            self._add_sender()
        # Others may have been quicker; else there may be more.
        return 0.0 if claimed else 0.05

    def _busy(self) -> list[str]:
        counts = Counter(work.target for work in self._running.values())
        return [target for target, count in counts.items() if count >= _EACH]

    def _finish(self) -> None:
        while self._done:
            some = list(self._done)
            with self._store.writing() as tables:
                for work, attempt in some:
                    tables.finish(work, attempt, *self.outcome(work, attempt))
            for work, _ in some:
                self._done.popleft()
                self._running.pop(work.number, None)

    def _add_sender(self) -> None:
        name = f"mockloop-webhooks-{len(self._senders) + 1}"
        # No process waits at its end for a receiver that hangs.
        thread = threading.Thread(target=self._send, name=name, daemon=True)
        self._senders.append(thread)
        thread.start()

    def _send(self) -> None:
        while (work := self._work.get()) is not None:
            try:
                attempt = self._sender.attempt(work.parcel)
            except Exception as error:
                logger.exception("a delivery failed: %s", error)
                attempt = Attempt(now(), error=repr(error))
            self._done.append((work, attempt))
            self._wake.set()

    def _complain(self, error: LogError) -> None:
        if self.error is None:
            logger.error("%s", error)
        self.error = str(error)

    def _end(self) -> None:
        """Wait a moment for what is being sent, and leave the rest to others."""
        deadline = time.monotonic() + _STOP_SECONDS
        try:
            self._finish()
            while self._running and (rest := deadline - time.monotonic()) > 0:
                self._wake.wait(rest)
                self._wake.clear()
                self._finish()
            if self._running:
                with self._store.writing() as tables:
                    tables.release(self._claim)
        except LogError as error:
            logger.error("%s", error)
        self._running.clear()
