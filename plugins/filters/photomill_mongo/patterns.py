"""Regular expressions: MongoDB's options, RE2's linear time."""

import re
from collections.abc import Callable
from typing import Any

import re2

from photomill.plugin import InvalidFilter
from photomill_mongo.operands import refuse

OPTIONS = "imsx"
MAX_PATTERN = 1000
_MAX_MEMORY = 8 << 20

_TOKEN = re.compile(
    r"""
    (?P<kept> \\Q.*?(?:\\E|$) | \\. | \[\^?\]?(?: \[:\^?\w+:\] | \\. | [^\]\\] )*\] )
    | (?P<left_out> \s+ | \#[^\n]* )
    | .
    """,
    re.VERBOSE | re.DOTALL,
)


def combined(pattern: Any, options: Any, path: str) -> str:
    """One RE2 expression that holds its options.

    :raises InvalidFilter: RE2 does not take it; it has no look-around and no back-references.
    """
    if not isinstance(pattern, str):
        refuse("$regex takes a string", pattern, path)
    if not isinstance(options, str) or set(options) - set(OPTIONS):
        refuse(f"$options takes letters of {OPTIONS!r}", options, path)
    if len(pattern) > MAX_PATTERN:
        raise InvalidFilter(
            f"$regex takes a pattern of at most {MAX_PATTERN} characters, got {len(pattern)}",
            path=path,
        )
    expression = without_blanks(pattern) if "x" in options else pattern
    flags = "".join(sorted(set(options) - {"x"}))
    if flags:
        expression = f"(?{flags}){expression}"
    try:
        finder(expression)
    except re2.error as error:
        reason = _text(error)
        raise InvalidFilter(
            f"$regex takes an RE2 expression, got {pattern!r}: {reason}", path=path
        ) from None
    except UnicodeEncodeError:
        refuse("$regex takes valid Unicode", pattern, path)
    return expression


def finder(expression: str) -> Callable[[str], bool]:
    """What tells whether an expression is found in a string."""
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    options.max_mem = _MAX_MEMORY
    search = re2.compile(expression.encode(), options).search

    def found(text: str) -> bool:
        return search(text.encode("utf-8", "replace")) is not None

    return found


def without_blanks(pattern: str) -> str:
    """A pattern without the blanks and comments that option ``x`` leaves out, which RE2 does not know."""
    return _TOKEN.sub(lambda match: "" if match["left_out"] else match[0], pattern)


def _text(error: Exception) -> str:
    reason = error.args[0] if error.args else error
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
