"""Passwords and client secrets: kept as scrypt, checked once and then remembered."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets

_COST, _BLOCK = 2**14, 8
_REMEMBERED = 1024
_AT_ONCE = 2


def hashed(password: str) -> str:
    """A password as it is kept; takes its time."""
    salt = secrets.token_bytes(16)
    found = _scrypt(password, salt, _COST, _BLOCK)
    return f"scrypt${_COST}${_BLOCK}${salt.hex()}${found.hex()}"


class Passwords:
    """Checks passwords, in a thread the first time and at once from then on.

    What is remembered is a digest under a key that only this process has. It depends on what is
    kept of the password, so that a change of the password forgets the old one.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._known: dict[bytes, bool] = {}
        self._working = asyncio.Semaphore(_AT_ONCE)

    def known(self, kept: str, given: str) -> bool | None:
        """Whether a password is right, where that was found out before."""
        return self._known.get(self._digest(kept, given))

    async def check(self, kept: str, given: str) -> bool:
        """Whether a password is right."""
        # Who waits here may ask for the same as who is served.
        async with self._working:
            key = self._digest(kept, given)
            found = self._known.get(key)
            if found is None:
                found = await asyncio.to_thread(_matches, kept, given)
                if len(self._known) >= _REMEMBERED:
                    self._known.pop(next(iter(self._known)))
                self._known[key] = found
            return found

    def _digest(self, kept: str, given: str) -> bytes:
        text = f"{kept}\0{given}".encode("utf-8", "replace")
        return hmac.digest(self._key, text, "sha256")


def _matches(kept: str, given: str) -> bool:
    _, cost, block, salt, wanted = kept.split("$")
    found = _scrypt(given, bytes.fromhex(salt), int(cost), int(block))
    return hmac.compare_digest(found, bytes.fromhex(wanted))


def _scrypt(password: str, salt: bytes, cost: int, block: int) -> bytes:
    data = password.encode("utf-8", "replace")
    # Needs 128 * cost * block bytes and a little more.
    return hashlib.scrypt(data, salt=salt, n=cost, r=block, p=1, maxmem=256 * cost * block)
