"""The key that tokens are signed with, and the tokens as text (RFC 7515, RS256).

Imported when the first token is issued or checked, as `cryptography` takes its time to load.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from mockloop_server.auth.digests import encoded

_BITS = 2048
_LONGEST_HEADER = 1024


def generate() -> tuple[str, str]:
    """A new key: its id, and what is kept of it."""
    key = generate_private_key(65537, _BITS)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return Signer("", pem).thumbprint(), pem


class Signer:
    """Signs and checks tokens."""

    def __init__(self, kid: str, pem: str) -> None:
        key = load_pem_private_key(pem.encode(), None)
        if not isinstance(key, RSAPrivateKey):
            raise ValueError("the signing key in the database is no RSA key")
        self.kid = kid
        self._key = key
        self._public = key.public_key()

    def sign(self, claims: dict[str, Any], kind: str) -> str:
        """A token."""
        header = {"alg": "RS256", "typ": kind, "kid": self.kid}
        text = f"{encoded(orjson.dumps(header))}.{encoded(orjson.dumps(claims, default=str))}"
        return f"{text}.{encoded(self._key.sign(text.encode(), PKCS1v15(), SHA256()))}"

    def is_ours(self, token: str) -> bool:
        """Whether a token says that it is signed with this key."""
        first = token.split(".", 1)[0]
        # The rest may be of any length: what is not ours here can be accepted elsewhere.
        header = _part(first) if len(first) <= _LONGEST_HEADER else None
        return header is not None and header.get("kid") == self.kid

    def read(self, token: str, kind: str) -> dict[str, Any] | None:
        """What a token of this key says, if the key has really signed it."""
        text, _, signature = token.rpartition(".")
        first, _, second = text.partition(".")
        header, claims = _part(first), _part(second)
        if header is None or claims is None:
            return None
        # What a token says of its algorithm never decides how it is checked.
        if header.get("alg") != "RS256" or header.get("typ") != kind or "crit" in header:
            return None
        try:
            self._public.verify(_decoded(signature), text.encode("ascii"), PKCS1v15(), SHA256())
        except (InvalidSignature, ValueError):
            return None
        return claims

    def public(self) -> dict[str, str]:
        """The public key (RFC 7517)."""
        return {"use": "sig", "alg": "RS256", "kid": self.kid, **self._numbers()}

    def thumbprint(self) -> str:
        """What the public key is called (RFC 7638)."""
        return encoded(hashlib.sha256(orjson.dumps(self._numbers())).digest())

    def _numbers(self) -> dict[str, str]:
        numbers = self._public.public_numbers()
        return {"e": _number(numbers.e), "kty": "RSA", "n": _number(numbers.n)}


def _number(value: int) -> str:
    return encoded(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _part(text: str) -> dict[str, Any] | None:
    try:
        found = orjson.loads(_decoded(text))
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _decoded(text: str) -> bytes:
    try:
        data = text.encode("ascii")
        # Other characters would be skipped, and a token could be written in many ways.
        return base64.b64decode(data + b"=" * (-len(data) % 4), b"-_", validate=True)
    except (UnicodeError, binascii.Error) as error:
        raise ValueError(str(error)) from None
