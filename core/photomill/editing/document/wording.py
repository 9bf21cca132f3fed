"""The words of faults: those that clients of the image edit API know from pydantic 1."""

from collections.abc import Iterable

REQUIRED = "field required"
UNKNOWN_KEY = "extra fields not permitted"
NULL = "none is not an allowed value"
NO_OBJECT = "value is not a valid dict"
NO_LIST = "value is not a valid list"
NO_INTEGER = "value is not a valid integer"
NO_NUMBER = "value is not a valid float"
NO_BOOLEAN = "value could not be parsed to a boolean"
NO_STRING = "str type expected"
NO_SCHEME = "invalid or missing URL scheme"
OTHER_SCHEME = "URL scheme not permitted"
NO_HOST = "URL host invalid"


def not_one_of(choices: Iterable[object]) -> str:
    """Something else than the members of an enumeration."""
    return f"value is not a valid enumeration member; permitted: {_listed(choices)}"


def not_the_one(choices: Iterable[object]) -> str:
    """Something else than what tells an object's kind."""
    return f"unexpected value; permitted: {_listed(choices)}"


def below(bound: float) -> str:
    return f"ensure this value is greater than or equal to {_number(bound)}"


def not_above(bound: float) -> str:
    return f"ensure this value is greater than {_number(bound)}"


def above(bound: float) -> str:
    return f"ensure this value is less than or equal to {_number(bound)}"


def too_short(least: int) -> str:
    return f"ensure this value has at least {least} characters"


def too_long(most: int) -> str:
    return f"ensure this value has at most {most} characters"


def too_few(least: int) -> str:
    return f"ensure this value has at least {least} items"


def mismatch(pattern: str) -> str:
    return f'string does not match regex "{pattern}"'


def rest_of_uri(rest: str) -> str:
    return f"URL invalid, extra characters found after valid URL: {rest!r}"


def _listed(choices: Iterable[object]) -> str:
    return ", ".join(map(repr, choices))


def _number(bound: float) -> str:
    return str(int(bound)) if bound == int(bound) else str(bound)
