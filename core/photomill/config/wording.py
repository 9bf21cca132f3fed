"""The words of messages: what stands there, and what somebody probably meant."""

import re
import reprlib
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

_LONGEST = 60

# Only as much of a long value is looked at as is shown.
_short = reprlib.Repr()
_short.maxstring = _short.maxother = _short.maxlong = 200
_short.maxlist = _short.maxtuple = _short.maxdict = _short.maxset = 20


def suggest_name(word: str, known: Iterable[str]) -> str:
    """Say what would be right: ``did you mean 'fetch'?``, else every choice; empty where there is none."""
    choices = sorted(known)
    close = get_close_matches(word.lower(), choices, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"expected one of {', '.join(choices)}" if choices else ""


def show_value(value: Any) -> str:
    """Represent a value in a message: its type and, unless it is long, itself."""
    if value is None:
        return "nothing"
    text = _short.repr(value)
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}…"
    kind = str if isinstance(value, str) else type(value)
    return f"{kind.__name__} {text}"


def in_own_words(message: str) -> str:
    """Say what a validator of attrs says as every other message does: what is expected, then what is there."""
    for pattern, words in _VALIDATORS:
        found = pattern.fullmatch(message)
        if found is not None:
            return words.format(**found.groupdict())
    return message


_VALIDATORS = tuple(
    (re.compile(pattern, re.DOTALL), f"expected {words}, got {{value}}")
    for pattern, words in {
        r"'\w+' must be >= (?P<bound>\S+): (?P<value>.*)": "{bound} or more",
        r"'\w+' must be > (?P<bound>\S+): (?P<value>.*)": "more than {bound}",
        r"'\w+' must be <= (?P<bound>\S+): (?P<value>.*)": "at most {bound}",
        r"'\w+' must be < (?P<bound>\S+): (?P<value>.*)": "less than {bound}",
        r"Length of '\w+' must be >= (?P<bound>\d+): (?P<value>.*)": "a length of at least {bound}",
        r"Length of '\w+' must be <= (?P<bound>\d+): (?P<value>.*)": "a length of at most {bound}",
        r"'\w+' must be in \((?P<choices>.*)\) \(got (?P<value>.*)\)": "one of {choices}",
        r"'\w+' must match regex (?P<regex>.*) \((?P<value>.*) doesn't\)": "what matches {regex}",
    }.items()
)
