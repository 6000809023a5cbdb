"""Which regular expressions may never end."""

from __future__ import annotations

import re

import pytest

from perdure.validate.patterns import doubt

FINE = [
    r"(?u)\b\w\w+\b",
    r"\w+",
    r"[a-zA-Z]{2,}",
    r"[a-z]+(?:'[a-z]+)?",
    r"\b[^\W\d_]+\b",
    r"(?i)[a-z0-9_.]+@[a-z0-9]+\.[a-z]{2,6}",
    r"\S+",
    r"(?P<word>\w+)-\d{4}",
    r"[][()]+",
    r"a|b|cd",
    r"\(\w+\)\+",
    r"(?:ab|cd)x",
    r"",
    r"{}",
    r"a{,3}",
    r"(?<!\w)\w+?(?!\w)",
]
DOUBTED = {
    r"(?:[a-z]+)+\d": "a repeat inside a repeat",
    r"(a*)*": "a repeat inside a repeat",
    r"(\w?)+x": "a repeat inside a repeat",
    r"((ab)+c)*": "a repeat inside a repeat",
    r"(a|a)*b": "a repeat inside a repeat",
    r"(?:a|ab)+$": "a repeat inside a repeat",
    r"(?:(?:x{2,3}))+": "a repeat inside a repeat",
    r"(?=(a+))+b": "a repeat inside a repeat",
    r"\w+\w+\w+\w+\w+x": "more than 4 repeats",
    r"a{5000}": "a repeat of more than 1000 times",
    r"(?:){100000000}": "a repeat of more than 1000 times",
    r"a{2,99999}": "a repeat of more than 1000 times",
    r"(a)\1": "it refers back to a group",
    r"(?P<a>x)(?P=a)": "it uses a construct that is not known here",
    r"(?x) a + # b": "it uses a construct that is not known here",
    r"(?>a+)": "it uses a construct that is not known here",
    r"(a)(?(1)b|c)": "it uses a construct that is not known here",
    r"(a": "it cannot be read",
    r"a)": "it cannot be read",
    r"[a": "it cannot be read",
    "a" * 201: "longer than 200 characters",
}


@pytest.mark.parametrize("pattern", FINE)
def test_patterns_that_end_are_not_doubted(pattern):
    assert doubt(pattern) is None
    re.compile(pattern)


@pytest.mark.parametrize("pattern", DOUBTED)
def test_patterns_that_may_not_end_are_doubted(pattern):
    assert doubt(pattern) == DOUBTED[pattern]


@pytest.mark.parametrize("pattern", [p for p in FINE if p])
def test_what_is_not_doubted_ends_on_long_words(pattern):
    found = re.compile(pattern)
    for word in ("a" * 400, "ab" * 200 + "!", "1" * 400, "a" * 45 + "'" * 45, "@." * 200):
        found.findall(word)
