"""What is kept of secrets that nobody can guess, and how digests are written."""

from __future__ import annotations

import base64
import hashlib


def digest(value: str) -> bytes:
    """SHA-256."""
    return hashlib.sha256(value.encode("utf-8", "replace")).digest()


def encoded(data: bytes) -> str:
    """Base64 as URLs have it, without padding (RFC 7515)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
