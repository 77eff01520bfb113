"""Whether the server is about to stop, for answers that would otherwise never end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_PATIENCE_SECONDS = 5


class Closing:
    """Is set by the signals that end the server.

    A server that has been told to stop waits for its connections first, and tells the app only
    then.
    """

    def __init__(self) -> None:
        self.is_set = False

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Listen to the signals, in front of whoever did so before."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.getsignal(number) for number in _SIGNALS}

        def tell(number: int, frame: FrameType | None) -> None:
            self.is_set = True
            handler = before[signal.Signals(number)]
            _bound(handler)
            if callable(handler):
                handler(number, frame)

        ours = [number for number in _SIGNALS if callable(before[number])]
        for number in ours:
            signal.signal(number, tell)
        try:
            yield
        finally:
            for number in ours:
                if signal.getsignal(number) is tell:
                    signal.signal(number, before[number])


def _bound(handler: object) -> None:
    """Have uvicorn not wait without end for clients that read nothing, unless it was told how long.

    It can be started in many ways, and this is what all of them have in common.
    """
    config = getattr(getattr(handler, "__self__", None), "config", None)
    if getattr(config, "timeout_graceful_shutdown", 0) is None:
        setattr(config, "timeout_graceful_shutdown", _PATIENCE_SECONDS)  # noqa: B010
