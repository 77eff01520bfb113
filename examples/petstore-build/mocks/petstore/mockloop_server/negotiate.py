"""What a client prefers: `Accept` (RFC 9110) and `Prefer` (RFC 7240)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PREFERENCE = re.compile(
    rf"\s*({_TOKEN})\s*(?:=\s*(\"(?:[^\"\\]|\\.)*\"|[^\s,;\"]*))?((?:\s*;[^,]*)?)\s*(?:,|$)"
)


@dataclass(frozen=True, slots=True)
class MediaRange:
    """One entry of an `Accept` header."""

    type: str
    subtype: str
    parameters: tuple[tuple[str, str], ...]
    quality: float

    @property
    def is_bytes(self) -> bool:
        """Whether it says no more than that there are bytes."""
        return (self.type, self.subtype) == ("application", "octet-stream")

    def specificity(self, media: MediaRange) -> int:
        """How closely this range names a media type; -1 where it does not."""
        if self.type == "*" == self.subtype:
            return 0
        if self.type != media.type:
            return -1
        if self.subtype == "*":
            return 1
        if self.subtype != media.subtype:
            return -1
        if not self.parameters:
            return 2
        return 3 if set(self.parameters) <= set(media.parameters) else -1


@lru_cache(maxsize=1024)
def media_range(text: str) -> MediaRange:
    """A media type or range with its parameters."""
    essence, *rest = text.split(";")
    main, _, sub = essence.strip().lower().partition("/")
    pairs = [part.partition("=") for part in rest]
    quality, parameters = 1.0, []
    for name, _, value in pairs:
        name, value = name.strip().lower(), value.strip().strip('"')
        if name == "q":
            quality = _quality(value)
        elif name:
            parameters.append((name, value.lower()))
    return MediaRange(main, sub or ("*" if main == "*" else ""), tuple(parameters), quality)


def essence(text: str) -> str:
    """`type/subtype` of a media type, in lower case."""
    return text.partition(";")[0].strip().lower()


def is_json(text: str) -> bool:
    """Whether a media type is written as one JSON text."""
    kind = essence(text)
    return kind.endswith(("/json", "+json"))


def is_xml(text: str) -> bool:
    """Whether a media type is written as XML."""
    kind = essence(text)
    return kind.endswith(("/xml", "+xml"))


@lru_cache(maxsize=1024)
def best(accept: str, offered: tuple[str, ...]) -> int | None:
    """Index of the media type that a client likes best; the first one wins a draw."""
    ranges = [media_range(part) for part in accept.split(",") if part.strip()]
    if not ranges:
        return 0 if offered else None
    chosen, quality = None, 0.0
    for index, text in enumerate(offered):
        media = media_range(text)
        fits = [(each.specificity(media), each.quality) for each in ranges]
        fits = [fit for fit in fits if fit[0] >= 0]
        if fits and (likes := max(fits)[1]) > quality:
            chosen, quality = index, likes
    return chosen


def match_content(content_type: str, described: Sequence[str]) -> int | None:
    """Index of the described media type, or range, that a body's type fits most closely."""
    media = media_range(content_type)
    fits = [(_closeness(media, media_range(text)), -index) for index, text in enumerate(described)]
    fit, index = max(fits, default=((-1, 0), 0))
    return -index if fit[0] >= 0 else None


def preferences(header: str) -> dict[str, str]:
    """The preferences of a `Prefer` header; of two with one name the first counts."""
    found: dict[str, str] = {}
    at = 0
    while at < len(header) and (match := _PREFERENCE.match(header, at)):
        value = match[2] or ""
        if value.startswith('"'):
            value = re.sub(r"\\(.)", r"\1", value[1:-1])
        found.setdefault(match[1].lower(), value)
        if match.end() == at:
            break
        at = match.end()
    return found


def _closeness(media: MediaRange, described: MediaRange) -> tuple[int, int]:
    """How closely a description names a body's type; less than 0 where it does not.

    A parameter that the body's type leaves out is no reason to refuse it, another value is.
    """
    if described.is_bytes:
        return 2 if media.is_bytes else 0, 0
    fit = replace(described, parameters=()).specificity(media)
    given = dict(media.parameters)
    asked = [(name, value) for name, value in described.parameters if name != "boundary"]
    if any(given.get(name, value) != value for name, value in asked):
        return -1, 0
    return fit, sum(1 if name in given else -1 for name, _ in asked)


def _quality(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 1.0
    return min(max(value, 0.0), 1.0) if value == value else 0.0
