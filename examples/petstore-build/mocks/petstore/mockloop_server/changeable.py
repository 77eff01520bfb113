"""Settings that can be changed while the server runs, in force on all of its workers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockloop_server.log.retention import Bounds
from mockloop_server.settings import Settings

_BOUNDS = ("log_max_rows", "log_max_age_days", "log_max_bytes")


class Changeable:
    """What the environment says, and what was set in its place since."""

    def __init__(self, settings: Settings, *, has_auth: bool) -> None:
        self.defaults: dict[str, Any] = {
            "validation": settings.validation,
            **({"enforce_auth": settings.auth != "off"} if has_auth else {}),
            **{name: getattr(settings, name) for name in _BOUNDS},
        }
        self.use(None)

    def use(self, stored: Any) -> None:
        """Take up what is stored."""
        values = self.values(stored)
        self.validation: str = values["validation"]
        self.enforces_auth: bool = values.get("enforce_auth", False)
        self.bounds = Bounds(*(values[name] for name in _BOUNDS))

    def values(self, stored: Any) -> dict[str, Any]:
        """What is stored, as far as it can be used; the rest is as the environment says."""
        known = stored if isinstance(stored, dict) else {}
        return {
            name: known[name] if _fits(known.get(name), default) else default
            for name, default in self.defaults.items()
        }

    def changed(self, stored: Any, changes: Mapping[str, Any]) -> dict[str, Any]:
        """What is to be stored after changes; `None` leaves a setting to the environment again."""
        known = {**(stored if isinstance(stored, dict) else {}), **changes}
        return {name: known[name] for name in self.defaults if known.get(name) is not None}


def _fits(value: Any, default: Any) -> bool:
    if isinstance(default, (str, bool)):
        return type(value) is type(default)
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0
