"""The words of messages: what stands there, and what somebody probably meant."""

import datetime
import re
import reprlib
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

_LONGEST = 60


class _Short(reprlib.Repr):
    """Represents values as files and bodies write them; only as much of a long one is looked at as is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = self.maxlong = 200
        self.maxlist = self.maxtuple = self.maxdict = self.maxset = 20

    def repr1(self, x: Any, level: int) -> str:
        match x:
            case None:
                return "null"
            case bool():
                return "true" if x else "false"
            case datetime.date() | datetime.time():
                return x.isoformat()
            case tuple():
                return super().repr1(list(x), level)
        return super().repr1(x, level)


_short = _Short()


def suggest_name(word: str, known: Iterable[str]) -> str:
    """Say what would be right: ``did you mean 'fetch'?``, else every choice; empty where there is none."""
    choices = sorted(known)
    close = get_close_matches(word.lower(), choices, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"expected one of {', '.join(choices)}" if choices else ""


def show_value(value: Any) -> str:
    """Represent a value in a message as a file or a body writes it, cut where it is long."""
    if value is None:
        return "nothing"
    text = _short.repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def name_kind(kind: Any) -> str:
    """What messages call the values of a type: ``a string``."""
    return _KINDS.get(kind, getattr(kind, "__name__", str(kind)))


def in_own_words(message: str) -> str:
    """Say what a validator of attrs says as every other message does: what is expected, then what is there."""
    for pattern, words in _VALIDATORS:
        found = pattern.fullmatch(message)
        if found is not None:
            return words.format(**found.groupdict())
    return message


_KINDS: dict[Any, str] = {
    bool: "true or false",
    int: "an integer",
    float: "a number",
    str: "a string",
    Path: "a string",
}

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
