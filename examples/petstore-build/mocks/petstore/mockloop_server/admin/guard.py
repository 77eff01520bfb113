"""Who may call the admin API."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
from collections.abc import Iterable
from enum import Enum, auto

from starlette.types import Scope

from mockloop_server.parameters import cookies

COOKIE = "mockloop_admin"

_LOOPBACK_NAMES = frozenset({"localhost", "localhost.localdomain"})
_HOST = re.compile(r"(?:\[(?P<address>[0-9a-f:.]+)\]|(?P<name>[^\[\]:@]+))(?::[0-9]*)?")
_WAY_OUT = (
    "Set MOCKLOOP_ADMIN_TOKEN and send it as a bearer token, or list the client's network in"
    " MOCKLOOP_ADMIN_NETWORKS."
)


class Verdict(Enum):
    """What is known of a caller."""

    TRUSTED = auto()
    UNKNOWN = auto()
    """Credentials would help, and there are none that are valid."""
    OUTSIDE = auto()
    """Not from a network that may call, or by a name that is not ours."""
    FOREIGN = auto()
    """A page of another origin made a browser call."""


class Guard:
    """Judges callers by token, network and origin."""

    def __init__(
        self, token: str = "", networks: Iterable[str] = (), hosts: Iterable[str] = ()
    ) -> None:
        self._token = token.encode()
        self._cookie = hmac.new(self._token, b"mockloop admin", hashlib.sha256).hexdigest()
        loopback = ("127.0.0.0/8", "::1/128")
        self._networks = [ipaddress.ip_network(each) for each in (*loopback, *networks)]
        self._hosts = _LOOPBACK_NAMES | {each.lower() for each in hosts}

    def judge(self, scope: Scope, headers: dict[bytes, bytes]) -> Verdict:
        """What is known of the caller of a request."""
        host = headers.get(b"host", b"").decode("latin-1").strip().lower()
        origin = headers.get(b"origin")
        if origin is not None and not _same(origin.decode("latin-1").lower(), host):
            return Verdict.FOREIGN
        if self._token:
            bearer = _bearer(headers)
            if bearer is not None and self.is_token(bearer):
                return Verdict.TRUSTED
            cookie = cookies(headers.get(b"cookie", b"").decode("latin-1")).get(COOKIE)
            if cookie is not None and hmac.compare_digest(cookie.encode(), self._cookie.encode()):
                return Verdict.TRUSTED
            return Verdict.UNKNOWN
        # A name that anybody may let point to this address (DNS rebinding) is no origin of ours.
        if self._is_ours(host) and self._is_near(scope.get("client")):
            return Verdict.TRUSTED
        return Verdict.OUTSIDE

    def is_token(self, given: bytes) -> bool:
        """Whether this is the token; takes the same time for each."""
        return bool(self._token) and hmac.compare_digest(given, self._token)

    def cookie(self, *, secure: bool) -> str:
        """The `Set-Cookie` of a client that has shown the token."""
        more = "; Secure" if secure else ""
        return f"{COOKIE}={self._cookie}; Path=/; HttpOnly; SameSite=Lax{more}"

    def why_untrusted(self, headers: dict[bytes, bytes]) -> str:
        """What a caller who is refused can do."""
        if self._token:
            return "The token of the admin API is required, as a bearer token or by POST /login."
        host = headers.get(b"host", b"").decode("latin-1").strip().lower()
        if not self._is_ours(host):
            return (
                f"The admin API is not called by the name {host!r}: use an address or localhost,"
                " list the name in MOCKLOOP_ADMIN_HOSTS, or set MOCKLOOP_ADMIN_TOKEN."
            )
        return f"The admin API can be called from this machine only. {_WAY_OUT}"

    def _is_near(self, client: tuple[str, int] | None) -> bool:
        if client is None:
            return True  # a Unix socket: the file system says who may connect
        address = _address(client[0])
        return address is not None and any(
            address.version == network.version and address in network for network in self._networks
        )

    def _is_ours(self, host: str) -> bool:
        match = _HOST.fullmatch(host)
        if match is None:
            return not host  # HTTP/1.0 has none
        name = match["address"] or match["name"]
        return name in self._hosts or _address(name) is not None


def _same(origin: str, host: str) -> bool:
    scheme, separator, authority = origin.partition("://")
    default = {"http": ":80", "https": ":443"}.get(scheme, "")
    return bool(separator) and authority.removesuffix(default) == host.removesuffix(default)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _bearer(headers: dict[bytes, bytes]) -> bytes | None:
    scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
    return token.strip() if scheme.lower() == b"bearer" else None
