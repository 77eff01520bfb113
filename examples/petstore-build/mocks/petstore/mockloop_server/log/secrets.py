"""What is masked wherever requests are shown: values under names of secrets."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from json import JSONDecoder
from urllib.parse import unquote_plus

MASK = "***"

HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"})
"""Those that are always masked."""

USUAL = (
    "access_key", "access_token", "api_key", "api_secret", "api_token", "auth_token",
    "client_assertion", "client_secret", "csrf_token", "id_token", "passphrase", "passwd",
    "password", "private_key", "refresh_token", "secret", "secret_access_key", "secret_key",
    "session_token", "token", "xsrf_token",
)  # fmt: skip
"""Names of secrets that descriptions often do not mark; in any case, with `-`, `_` or neither."""

OFF = "off"
"""Stands among the names that are set for none of the usual ones."""

_DECODER = JSONDecoder()
_PREFIX = re.compile("^x[-_]")


class Secrets:
    """Names whose values are masked: those that the description marks, and others anywhere."""

    def __init__(
        self,
        headers: Iterable[str] = (),
        query: Iterable[str] = (),
        more: Iterable[str] = (),
        *,
        cookies: Iterable[str] = (),
    ) -> None:
        """`headers`, `query` and `cookies` in lower case; `more` is what is set."""
        more = list(more)
        names = {*(() if OFF in more else USUAL), *more} - {OFF}
        self._headers = HEADERS | set(headers)
        self._query = frozenset(query)
        self._marked = {
            "header": self._headers,
            "query": self._query,
            "cookie": frozenset(cookies),
        }
        self._anywhere = frozenset(map(_plain, names))
        self._is_named = lru_cache(1024)(lambda name: _plain(name) in self._anywhere)
        words = [re.split("[-_]", _PREFIX.sub("", name.lower())) for name in names]
        written = "|".join("[-_]?".join(map(re.escape, each)) for each in words)
        firsts = re.escape("".join({"x", *(each[0][:1] for each in words)}))
        # To look for a word first takes a small part of what the pattern takes.
        self._words = tuple({each[-1] for each in words})
        self._member = re.compile(
            rf'("(?<!\\")(?=[{firsts}])(?:x[-_])?(?:{written})"\s*:\s*)'
            r'(?:"[^"\\]*(?:\\.[^"\\]*)*\\?("?)|-?\d[\d.eE+-]*)',
            re.IGNORECASE | re.DOTALL,
        )

    def header(self, name: str, value: str) -> str:
        """A header's value as it is shown; a scheme of `Authorization` stays."""
        lower = name.lower()
        if lower not in self._headers and not self._is_named(lower):
            return value
        scheme, space, _ = value.partition(" ")
        return f"{scheme} {MASK}" if space and lower.endswith("authorization") else MASK

    def in_query(self, name: str) -> bool:
        """Whether the value of a parameter of the query, or of a form, is masked."""
        return name.lower() in self._query or self._is_named(name)

    def holds(self, location: str, name: str) -> bool:
        """Whether no message may tell the value of a parameter."""
        return name.lower() in self._marked.get(location, ()) or self._is_named(name)

    def message(self, pointer: str, message: str) -> str:
        """What is wrong at a place of a body, without the value of a secret."""
        if any(map(self._is_named, pointer.split("/"))):
            return without_value(message)
        return self.json(message)

    def pairs(self, text: str) -> str:
        """A query, or a form, as it is shown."""
        parts = (part.partition("=") for part in text.split("&"))
        return "&".join(
            f"{name}={MASK}"
            if equals and self.in_query(unquote_plus(name))
            else name + equals + value
            for name, equals, value in parts
        )

    def json(self, text: str) -> str:
        """A text with the strings and numbers of such members of JSON masked; JSON stays JSON."""
        lower = text.lower()
        if not any(word in lower for word in self._words):
            return text
        return self._member.sub(_masked, text)


def without_value(message: str) -> str:
    """A message on a value, which it begins with in JSON, without that value."""
    try:
        _, end = _DECODER.raw_decode(message)
    except (ValueError, RecursionError):
        return "is not what its schema allows"
    return MASK + message[end:]


def _masked(found: re.Match[str]) -> str:
    # A string that was cut off has no end.
    end = '"' if found[2] is None else found[2]
    return f'{found[1]}"{MASK}{end}'


def _plain(name: str) -> str:
    """`X-Api-Key`, `api_key` and `apiKey` are one name."""
    return _PREFIX.sub("", name.lower()).replace("-", "").replace("_", "")


UNMARKED = Secrets()
"""Those of a description that marks none."""
