"""Regular expressions from outside."""

import time

import pytest

from mockloop_server.regex import compile_regex


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("b+", "abc", True),
        ("^b+$", "abc", False),
        ("^(?i)ABC$", "abc", True),
        (r"^\p{L}+$", "Käse", True),
        (r"^\d{2}$", "1234", False),
        ("", "", True),
        ("a", "\ud800", False),
    ],
)
def test_pattern_is_searched(pattern, text, found):
    assert compile_regex(pattern)(text) is found


@pytest.mark.parametrize(
    "pattern", ["(", r"(a)\1", "(?=a)b", "a{1000}{1000}", "a" * 5000, "\ud800", "[z-a]"]
)
def test_unusable_pattern_is_told(pattern):
    with pytest.raises(ValueError, match="regular expression"):
        compile_regex(pattern)


def test_hostile_pattern_takes_linear_time():
    begun = time.monotonic()
    assert not compile_regex("^(a+)+$")("a" * 100_000 + "!")
    assert time.monotonic() - begun < 1
