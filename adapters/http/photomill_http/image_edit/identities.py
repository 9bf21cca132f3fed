"""Numbers in addresses."""

from starlette.requests import Request

from photomill.editing.document import wording
from photomill.errors import NotFound, Problem
from photomill_http.image_edit.faults import Rejected, invalid

_LARGEST = 2**63 - 1


def identity(request: Request, name: str) -> int:
    """The number that a request's address has.

    :raises Rejected: it is none.
    :raises NotFound: it is so large that nothing has it.
    """
    text = request.path_params[name]
    try:
        number = int(text)
    except ValueError:
        raise Rejected(invalid([Problem(name, wording.NO_INTEGER)])) from None
    if abs(number) > _LARGEST:
        raise NotFound(f"nothing has the number {text[:40]}")
    return number
