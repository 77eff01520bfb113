"""The credentials that a file beside the project lists; they are valid for ever."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import orjson

from mockloop_server.auth.digests import digest
from mockloop_server.auth.state import Key
from mockloop_server.settings import StartError

Keys = dict[str, dict[bytes, Key]]


class CredentialsError(StartError):
    """A credentials file that cannot be used."""


def listed_keys(file: Path, schemes: Collection[str]) -> Keys:
    """The listed credentials by scheme and digest."""
    if not file.is_file():
        return {}
    try:
        raw = orjson.loads(file.read_bytes())
        listed = {name: dict(_credential(each) for each in some) for name, some in raw.items()}
    except (OSError, ValueError, TypeError, AttributeError, KeyError) as error:
        shape = '{"SCHEME": ["VALUE", {"value": "VALUE", "scopes": ["SCOPE"]}]}'
        raise CredentialsError(f"{file}: expected {shape}: {error}") from error
    if unknown := [name for name in listed if name not in schemes]:
        raise CredentialsError(f"{file}: the description has no security scheme {unknown[0]!r}")
    return listed


def _credential(raw: Any) -> tuple[bytes, Key]:
    if isinstance(raw, str):
        return digest(raw), Key(None, None)
    scopes = raw.get("scopes")
    return digest(raw["value"]), Key(None if scopes is None else frozenset(scopes), None)
