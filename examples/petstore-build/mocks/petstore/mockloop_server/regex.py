"""Regular expressions that come from outside.

Python's own can take exponential time over a few characters; these take linear time over any text,
and know no look-around and no back-references for it.
"""

from __future__ import annotations

from collections.abc import Callable

import jsonschema_rs

_LONGEST = 4096
_SIZE_LIMIT = 1 << 20
_OPTIONS = jsonschema_rs.RegexOptions(size_limit=_SIZE_LIMIT)


def compile_regex(pattern: str) -> Callable[[str], bool]:
    """A test whether a pattern is found anywhere in a text; `ValueError` where it is unusable."""
    if len(pattern) > _LONGEST:
        raise ValueError(f"a regular expression may have {_LONGEST} characters at most")
    schema = {"type": "string", "pattern": pattern}
    try:
        is_valid = jsonschema_rs.validator_for(schema, pattern_options=_OPTIONS).is_valid
    except ValueError:
        raise ValueError(
            f"{_shown(pattern)} is not a usable regular expression; "
            "look-around and back-references are not supported, nor is a very large one"
        ) from None

    def found(text: str) -> bool:
        try:
            return is_valid(text)
        except ValueError:  # half a surrogate pair is no text
            return False

    return found


def _shown(pattern: str) -> str:
    return repr(pattern if len(pattern) <= 60 else pattern[:59] + "…")
