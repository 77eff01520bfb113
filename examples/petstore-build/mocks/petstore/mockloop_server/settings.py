"""What can be set from outside, by environment or by a test."""

from __future__ import annotations

import ipaddress
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_URL = re.compile(r"https?://[A-Za-z0-9._:\[\]-]+(/[A-Za-z0-9._~/-]*)?")
_NAME = re.compile(r"[A-Za-z0-9_.-]*[A-Za-z0-9]")
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?")


class StartError(Exception):
    """What the server is given cannot be used; the message says what, for a person."""


@contextmanager
def plain_errors() -> Iterator[None]:
    """End the program with the one line that says what cannot be used, and no traceback."""
    try:
        yield
    except StartError as error:
        sys.exit(f"mockloop: {error}")


class SettingsError(StartError, ValueError):
    """A variable with a value that cannot be used."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one server; `.env.example` documents the variables."""

    root: Path
    host: str = "127.0.0.1"
    port: int = 8000
    auth: str = "enforce"
    validation: str = "enforce"
    database: Path = Path("db/request_logs.db")
    credentials: Path = Path("credentials.json")
    issuer: str = ""
    token_seconds: int = 3600
    max_body: int = 16 * 1024 * 1024
    log_body_limit: int = 64 * 1024
    log_secrets: tuple[str, ...] = ()
    log_queue: int = 20_000
    log_max_rows: int = 1_000_000
    log_max_age_days: float = 30.0
    log_max_bytes: int = 0
    storage_max_document: int = 1024 * 1024
    storage_max_documents: int = 100_000
    storage_max_collections: int = 1_000
    storage_max_bytes: int = 64 * 1024 * 1024
    request_lines: bool = False
    cors: tuple[str, ...] = ("*",)
    admin_token: str = field(default="", repr=False)
    admin_networks: tuple[str, ...] = ()
    admin_hosts: tuple[str, ...] = ()
    callbacks: bool = True
    webhook_hosts: tuple[str, ...] = ()
    webhook_attempts: int = 6
    webhook_timeout: float = 10.0
    webhook_retry_seconds: float = 2.0
    webhook_queue: int = 10_000
    webhook_max_rows: int = 10_000
    webhook_max_age_days: float = 30.0

    @classmethod
    def from_env(
        cls,
        root: Path,
        *,
        host: str = "127.0.0.1",
        port: int = 8000,
        validation: str = "enforce",
        environ: Mapping[str, str] | None = None,
    ) -> Settings:
        """Settings from the environment, then from `.env` in `root`, then these defaults."""
        env = _Environment(
            {**_dotenv(root / ".env"), **(os.environ if environ is None else environ)}
        )
        return cls(
            root=root,
            host=env.text("MOCKLOOP_HOST", host),
            port=int(env.number("MOCKLOOP_PORT", port, 0, 65535)),
            auth=env.choice("MOCKLOOP_AUTH", "enforce", "enforce", "strict", "off"),
            issuer=env.url("MOCKLOOP_ISSUER"),
            token_seconds=int(env.number("MOCKLOOP_TOKEN_SECONDS", 3600, 1, 10 * 365 * 86400)),
            validation=env.choice("MOCKLOOP_VALIDATION", validation, "enforce", "warn", "off"),
            database=root / env.text("MOCKLOOP_DATABASE", "db/request_logs.db"),
            credentials=root / env.text("MOCKLOOP_CREDENTIALS", "credentials.json"),
            max_body=int(env.number("MOCKLOOP_MAX_BODY", 16 * 1024 * 1024)),
            log_body_limit=int(env.number("MOCKLOOP_LOG_BODY_LIMIT", 64 * 1024)),
            log_secrets=env.secrets("MOCKLOOP_LOG_SECRETS"),
            log_queue=int(env.number("MOCKLOOP_LOG_QUEUE", 20_000, 1)),
            log_max_rows=int(env.number("MOCKLOOP_LOG_MAX_ROWS", 1_000_000)),
            log_max_age_days=env.number("MOCKLOOP_LOG_MAX_AGE_DAYS", 30.0),
            log_max_bytes=int(env.number("MOCKLOOP_LOG_MAX_BYTES", 0)),
            storage_max_document=int(env.number("MOCKLOOP_STORAGE_MAX_DOCUMENT", 1024 * 1024)),
            storage_max_documents=int(env.number("MOCKLOOP_STORAGE_MAX_DOCUMENTS", 100_000)),
            storage_max_collections=int(env.number("MOCKLOOP_STORAGE_MAX_COLLECTIONS", 1_000)),
            storage_max_bytes=int(env.number("MOCKLOOP_STORAGE_MAX_BYTES", 64 * 1024 * 1024)),
            cors=env.origins("MOCKLOOP_CORS"),
            admin_token=env.text("MOCKLOOP_ADMIN_TOKEN", ""),
            admin_networks=env.networks("MOCKLOOP_ADMIN_NETWORKS"),
            admin_hosts=env.names("MOCKLOOP_ADMIN_HOSTS"),
            callbacks=env.choice("MOCKLOOP_CALLBACKS", "on", "on", "off") == "on",
            webhook_hosts=env.hosts("MOCKLOOP_WEBHOOK_HOSTS"),
            webhook_attempts=int(env.number("MOCKLOOP_WEBHOOK_ATTEMPTS", 6, 1, 100)),
            webhook_timeout=env.number("MOCKLOOP_WEBHOOK_TIMEOUT", 10.0, 0.1, 300),
            webhook_retry_seconds=env.number("MOCKLOOP_WEBHOOK_RETRY_SECONDS", 2.0, 0.01, 3600),
            webhook_queue=int(env.number("MOCKLOOP_WEBHOOK_QUEUE", 10_000, 1)),
            webhook_max_rows=int(env.number("MOCKLOOP_WEBHOOK_MAX_ROWS", 10_000)),
            webhook_max_age_days=env.number("MOCKLOOP_WEBHOOK_MAX_AGE_DAYS", 30.0),
            request_lines=env.choice("MOCKLOOP_REQUEST_LINES", "0", "0", "1") == "1",
        )


class _Environment:
    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def text(self, name: str, default: str) -> str:
        return self._values.get(name, "").strip() or default

    def choice(self, name: str, default: str, *choices: str) -> str:
        value = self.text(name, default).lower()
        if value not in choices:
            raise SettingsError(f"{name}={value!r}: use one of {', '.join(choices)}")
        return value

    def number(self, name: str, default: float, low: float = 0, high: float = 2**53) -> float:
        text = self.text(name, str(default))
        try:
            value = float(text)
        except ValueError:
            raise SettingsError(f"{name}={text!r}: use a number") from None
        if not low <= value <= high:
            raise SettingsError(f"{name}={text}: use a number from {low:g} to {high:g}")
        return value

    def names(self, name: str) -> tuple[str, ...]:
        return tuple(each.strip() for each in self.text(name, "").split(",") if each.strip())

    def secrets(self, name: str) -> tuple[str, ...]:
        for each in self.names(name):
            if not _NAME.fullmatch(each):
                raise SettingsError(f"{name}={each!r}: use names such as pin,x-my-key, or off")
        return tuple(each.lower() for each in self.names(name))

    def url(self, name: str) -> str:
        text = self.text(name, "").rstrip("/")
        if text and not _URL.fullmatch(text):
            raise SettingsError(f"{name}={text!r}: use an address such as https://login.example")
        return text

    def origins(self, name: str) -> tuple[str, ...]:
        text = self.text(name, "*")
        if text.lower() in ("*", "off"):
            return ("*",) if text == "*" else ()
        for origin in self.names(name):
            if not _ORIGIN.fullmatch(origin):
                raise SettingsError(
                    f"{name}={origin!r}: use *, off, or origins such as http://localhost:3000"
                )
        return self.names(name)

    def networks(self, name: str) -> tuple[str, ...]:
        for network in self.names(name):
            try:
                ipaddress.ip_network(network)
            except ValueError as error:
                raise SettingsError(f"{name}: {error}; use networks such as 10.0.0.0/8") from None
        return self.names(name)

    def hosts(self, name: str) -> tuple[str, ...]:
        for host in self.names(name):
            try:
                if "/" in host:
                    ipaddress.ip_network(host)
            except ValueError as error:
                raise SettingsError(
                    f"{name}: {error}; use host names, *.NAMES, networks such as 10.0.0.0/8, or *"
                ) from None
        return self.names(name)


def _dotenv(file: Path) -> dict[str, str]:
    if not file.is_file():
        return {}
    lines = (line.strip() for line in file.read_text("utf-8", "replace").splitlines())
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip().strip("'\"") for name, _, value in pairs}
