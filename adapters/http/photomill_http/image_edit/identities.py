"""Numbers in addresses."""

from starlette.requests import Request

from photomill import Problem
from photomill_http.image_edit import wording
from photomill_http.image_edit.faults import Rejected, invalid
from photomill_http.numbers import whole_number


def identity(request: Request, name: str) -> int:
    """The number that a request's address has.

    :raises Rejected: it is none.
    """
    text = request.path_params[name]
    number = whole_number(text.removeprefix("-"))
    if number is None:
        raise Rejected(invalid([Problem(name, wording.NO_INTEGER)]))
    return -number if text.startswith("-") else number
