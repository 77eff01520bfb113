"""Settings that can be changed while the server runs, in force on all of its workers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockloop_server.log.retention import Bounds
from mockloop_server.settings import Settings

_BOUNDS = ("log_max_rows", "log_max_age_days", "log_max_bytes")


class Changeable:
    """What the environment says, and what was set in its place since."""

    def __init__(self, settings: Settings) -> None:
        self.defaults: dict[str, Any] = {
            "validation": settings.validation,
            "enforce_auth": settings.auth != "off",
            **{name: getattr(settings, name) for name in _BOUNDS},
        }
        self.use(None)

    def use(self, stored: Any) -> None:
        """Take up what is stored; the rest is as the environment says."""
        self.values = {**self.defaults, **(stored if isinstance(stored, dict) else {})}
        self.validation: str = self.values["validation"]
        self.enforces_auth: bool = self.values["enforce_auth"]
        self.bounds = Bounds(*(self.values[name] for name in _BOUNDS))

    def changed(self, stored: Any, changes: Mapping[str, Any]) -> dict[str, Any]:
        """What is to be stored after changes; `None` leaves a setting to the environment again."""
        known = {**(stored if isinstance(stored, dict) else {}), **changes}
        return {name: known[name] for name in self.defaults if known.get(name) is not None}
