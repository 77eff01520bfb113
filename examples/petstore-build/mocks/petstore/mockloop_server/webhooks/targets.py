"""Where messages may be sent: to this machine, and to what a person has allowed."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

LONGEST = 2000
"""How many characters a URL may have."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_URL = re.compile(r"[!-\[\]-~]+")  # printable ASCII without a backslash
_PORTS = {"http": 80, "https": 443}


class Forbidden(Exception):
    """A URL that nothing is sent to; says why, and the way out."""


class Unknown(OSError):
    """A name that has no address now."""


@dataclass(frozen=True, slots=True)
class Place:
    """A URL, taken apart."""

    scheme: str
    host: str
    port: int
    path: str
    """With the query."""

    @property
    def authority(self) -> str:
        """As the header `Host` has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def key(self) -> str:
        """What is the same for all URLs of one receiver."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Target:
    """A place with the addresses that were checked."""

    place: Place
    addresses: list[tuple[int, Any]]
    """Family and socket address of each."""


def parse(url: str) -> Place:
    """Take a URL apart; `Forbidden` where nothing can be sent to it."""
    if len(url) > LONGEST:
        raise Forbidden(f"it is longer than {LONGEST} characters")
    if not _URL.fullmatch(url):
        raise Forbidden("it has to be a URL of ASCII characters, anything else percent-encoded")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Forbidden(f"it is no URL: {error}") from None
    if parts.scheme not in _PORTS:
        raise Forbidden("it has to begin with http:// or https://")
    if "@" in parts.netloc:
        raise Forbidden("it may have no user name and password: use a header instead")
    if not parts.hostname or port == 0:
        raise Forbidden("it names no host")
    path = parts.path or "/"
    if parts.query:
        path = f"{path}?{parts.query}"
    return Place(parts.scheme, parts.hostname, port or _PORTS[parts.scheme], path)


class Targets:
    """Tells where to connect to for a URL."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._all = False
        self._names: set[str] = set()
        self._endings: list[str] = []
        self._networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []
        for each in allowed:
            if each == "*":
                self._all = True
                continue
            try:
                self._networks.append(ipaddress.ip_network(each.strip("[]")))
            except ValueError:
                name = each.lower().rstrip(".")
                if name.startswith("*."):
                    self._endings.append(name[1:])
                else:
                    self._names.add(name)

    def resolve(self, url: str) -> Target:
        """The addresses of a URL that may be connected to: names are asked for once, here."""
        place = parse(url)
        named = self._is_named(place.host)
        found: list[tuple[int, Any]] = []
        refused: list[str] = []
        for family, address in _addresses(place):
            try:
                number = _plain(ipaddress.ip_address(str(address[0])))
            except ValueError:
                continue
            if self._may(number, named=named):
                found.append((family, address))
            else:
                refused.append(str(number))
        if not found:
            raise Forbidden(self._why(place.host, refused[0] if refused else "no address"))
        return Target(place, found)

    def _is_named(self, host: str) -> bool:
        name = host.rstrip(".")
        return name in self._names or any(name.endswith(each) for each in self._endings)

    def _may(self, address: Address, *, named: bool) -> bool:
        if self._all or address.is_loopback:
            return True
        if any(address.version == each.version and address in each for each in self._networks):
            return True
        # Where clouds have what only their machines should know; a name may not lead there.
        return named and not address.is_link_local and not address.is_unspecified

    def _why(self, host: str, address: str) -> str:
        where = host if host == address else f"{host} ({address})"
        return (
            f"{where} is not this machine: list {address if address != 'no address' else host} or"
            " its network or name in MOCKLOOP_WEBHOOK_HOSTS to let messages be sent there"
        )


def _addresses(place: Place) -> list[tuple[int, Any]]:
    try:
        found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unknown(f"{place.host} has no address: {error}") from None
    return [(int(family), address) for family, _, _, _, address in found]


def _plain(address: Address) -> Address:
    """An IPv4 address that is written as an IPv6 one, as what it is."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
