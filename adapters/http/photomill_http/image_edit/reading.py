"""Reading the bodies and queries of the image edit API, which say every mistake at once."""

from collections.abc import Mapping
from typing import Any, TypeVar

from photomill import InvalidInput, Problem
from photomill_http.bodies import Body
from photomill_http.contract import Call, Refused
from photomill_http.image_edit import wording
from photomill_http.image_edit.coercion import InvalidDocument, structured
from photomill_http.image_edit.errors import MALFORMED, fault, invalid
from photomill_http.numbers import whole_number

T = TypeVar("T")


def json_object(body: Body) -> dict[str, Any]:
    """Parse the body of a request; an empty one is an empty object.

    :raises Refused: no JSON, no object, or more than is taken at once.
    """
    try:
        value = {} if body.is_blank() else body.json()
    except InvalidInput as error:
        raise Refused(fault(MALFORMED, error.message)) from None
    return check_object(value)


def check_object(value: Any) -> dict[str, Any]:
    """Make sure that a body is a JSON object.

    :raises Refused: it is none.
    """
    if not isinstance(value, dict):
        raise Refused(invalid([Problem("body", wording.NO_OBJECT)]))
    return value


def read(value: Mapping[str, Any], kind: type[T]) -> T:
    """Structure a request.

    :raises Refused: with everything that is wrong with it.
    """
    try:
        return structured(value, kind)
    except InvalidDocument as error:
        raise Refused(invalid(error.problems)) from None


def number_of(call: Call, name: str) -> int:
    """The number that a request's address has.

    :raises Refused: it is none.
    """
    text = call.parameters[name]
    number = whole_number(text.removeprefix("-"))
    if number is None:
        raise Refused(invalid([Problem(name, wording.NO_INTEGER)]))
    return -number if text.startswith("-") else number
