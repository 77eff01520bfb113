"""Credentials: what the description asks for, and whether a request has it."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

import orjson

_TOKEN68 = re.compile(r"[A-Za-z0-9._~+/-]+=*")

Requirement = list[tuple[str, frozenset[str]]]


class CredentialsError(Exception):
    """A credentials file that cannot be used."""


class Verdict(IntEnum):
    """How far a request came, worst first."""

    UNKNOWN = 0
    FORBIDDEN = 1
    ALLOWED = 2


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential that a project lists as valid; without scopes it may do everything."""

    value: bytes
    scopes: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a scheme looks: the maps of a request."""

    headers: Callable[[str], str | None]
    query: Callable[[str], str | None]
    cookie: Callable[[str], str | None]


@dataclass(slots=True)
class Scheme:
    """One security scheme."""

    name: str
    challenge: str
    find: Callable[[Place], str | None]
    """The credential in its well-formed text, or nothing."""
    listed: list[Credential] | None = None

    def judge(self, place: Place, scopes: frozenset[str]) -> Verdict:
        """Whether a request satisfies this scheme."""
        found = self.find(place)
        if found is None:
            return Verdict.UNKNOWN
        if self.listed is None:
            return Verdict.ALLOWED
        value, verdict = found.encode("utf-8", "replace"), Verdict.UNKNOWN
        for each in self.listed:
            if hmac.compare_digest(each.value, value):
                allowed = each.scopes is None or scopes <= each.scopes
                verdict = Verdict.ALLOWED if allowed else Verdict.FORBIDDEN
        return verdict


class Security:
    """The security schemes of an API."""

    def __init__(self, schemes: list[dict[str, Any]], credentials: Path, title: str) -> None:
        listed = _credentials(credentials)
        realm = re.sub(r"[^ !#-\[\]-~]", "", title)[:60] or "mock"
        self.schemes = {each["name"]: _scheme(each, realm) for each in schemes}
        for name, scheme in self.schemes.items():
            scheme.listed = listed.get(name)
        if unknown := [name for name in listed if name not in self.schemes]:
            raise CredentialsError(
                f"{credentials}: the description has no security scheme {unknown[0]!r}"
            )

    def judge(self, requirements: list[Requirement], place: Place) -> Verdict:
        """The best that a request reaches over all alternatives."""
        best = Verdict.UNKNOWN
        for requirement in requirements:
            verdict = Verdict.ALLOWED
            for name, scopes in requirement:
                if scheme := self.schemes.get(name):
                    verdict = min(verdict, scheme.judge(place, scopes))
            best = max(best, verdict)
        return best if requirements else Verdict.ALLOWED

    def challenges(self, requirements: list[Requirement]) -> list[str]:
        """The values of `WWW-Authenticate`."""
        names = [name for requirement in requirements for name, _ in requirement]
        return list(
            dict.fromkeys(self.schemes[name].challenge for name in names if name in self.schemes)
        )


def key_names(schemes: list[dict[str, Any]], location: str) -> frozenset[str]:
    """Names, in lower case, of what holds API keys in headers, the query or cookies."""
    return frozenset(
        each["parameter"].lower()
        for each in schemes
        if each["type"] == "apiKey" and each["in"] == location
    )


def _scheme(raw: dict[str, Any], realm: str) -> Scheme:
    name, kind = raw["name"], raw["type"].lower()
    if kind == "apikey":
        return Scheme(name, f'ApiKey realm="{realm}"', _api_key(raw["in"], raw["parameter"]))
    if kind == "mutualtls":
        return Scheme(name, "mTLS", lambda _: "")
    scheme = raw["scheme"].lower() if kind == "http" else "bearer"
    if scheme == "basic":
        return Scheme(name, f'Basic realm="{realm}", charset="UTF-8"', _basic)
    token = re.sub(r"[^!#$%&'*+.^_`|~0-9A-Za-z-]", "", scheme) or "bearer"
    challenge = f'{token.title() if token == "bearer" else token} realm="{realm}"'
    return Scheme(name, challenge, _authorization(scheme))


def _api_key(location: str, parameter: str) -> Callable[[Place], str | None]:
    def find(place: Place) -> str | None:
        if location == "header":
            return place.headers(parameter.lower()) or None
        return (place.query(parameter) if location == "query" else place.cookie(parameter)) or None

    return find


def _authorization(scheme: str) -> Callable[[Place], str | None]:
    def find(place: Place) -> str | None:
        name, _, value = (place.headers("authorization") or "").strip().partition(" ")
        value = value.strip()
        if name.lower() != scheme or not value:
            return None
        return value if scheme != "bearer" or _TOKEN68.fullmatch(value) else None

    return find


def _basic(place: Place) -> str | None:
    found = _authorization("basic")(place)
    try:
        text = base64.b64decode(found or "", validate=True).decode()
    except (binascii.Error, UnicodeError, ValueError):
        return None
    return text if ":" in text else None


def _credentials(file: Path) -> dict[str, list[Credential]]:
    if not file.is_file():
        return {}
    try:
        raw = orjson.loads(file.read_bytes())
        return {name: [_credential(each) for each in entries] for name, entries in raw.items()}
    except (OSError, ValueError, TypeError, AttributeError, KeyError) as error:
        shape = '{"SCHEME": ["VALUE", {"value": "VALUE", "scopes": ["SCOPE"]}]}'
        raise CredentialsError(f"{file}: expected {shape}: {error}") from error


def _credential(raw: Any) -> Credential:
    if isinstance(raw, str):
        return Credential(raw.encode(), None)
    scopes = raw.get("scopes")
    return Credential(raw["value"].encode(), None if scopes is None else frozenset(scopes))
