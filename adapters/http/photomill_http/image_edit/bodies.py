"""Reading the bodies of the image edit API."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from attrs import frozen

from photomill import InvalidInput, Problem, decode_json
from photomill_http.bodies import Body
from photomill_http.forms import FORM, Part, boundary_of, media_type, parsed_form
from photomill_http.image_edit import wording
from photomill_http.image_edit.coercion import InvalidDocument, structured
from photomill_http.image_edit.faults import MALFORMED, Rejected, fault, invalid

T = TypeVar("T")
Json = Mapping[str, Any]


@frozen
class Upload:
    """A picture and what is to be done with it, as a form has them.

    :ivar picture: the encoded bytes.
    :ivar data: what is said about it.
    """

    picture: bytes
    filename: str
    data: Json


def json_object(body: Body) -> dict[str, Any]:
    """Parse the body of a request; an empty one is an empty object.

    :raises Rejected: no JSON, no object, or more than is taken at once.
    """
    try:
        value = {} if body.is_blank() else body.json()
    except InvalidInput as error:
        raise Rejected(fault(MALFORMED, error.message)) from None
    return _object(value)


def read(value: Json, kind: type[T]) -> T:
    """Structure a request.

    :raises Rejected: with everything that is wrong with it.
    """
    try:
        return structured(value, kind)
    except InvalidDocument as error:
        raise Rejected(invalid(error.problems)) from None


def read_upload(body: Body, content_type: str) -> Upload:
    """Read a form.

    :raises Rejected: no such form.
    """
    if media_type(content_type) != FORM:
        raise Rejected(fault(MALFORMED, "expected a body of the type multipart/form-data"))
    with _parts(body, content_type) as parts:
        file, data = parts.get("file"), parts.get("data")
        problems = [
            Problem(name, wording.REQUIRED)
            for name, part in (("file", file), ("data", data))
            if part is None
        ]
        if file is not None and file.filename is None:
            problems.append(Problem("file", "expected a file: a part with a file name"))
        if problems or file is None or data is None:
            raise Rejected(invalid(problems))
        return Upload(file.read(), file.filename or "", _said(data.read(), body))


def _said(text: bytes, body: Body) -> Json:
    try:
        value = decode_json(text, body.limits) if text.strip() else {}
    except InvalidInput as error:
        raise Rejected(fault(MALFORMED, error.message)) from None
    return _object(value)


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Rejected(invalid([Problem("body", wording.NO_OBJECT)]))
    return value


@contextmanager
def _parts(body: Body, content_type: str) -> Iterator[Mapping[str, Part]]:
    """The parts of a form by their names, the last of each."""
    try:
        with parsed_form(body.file, boundary_of(content_type), "file") as parts:
            yield {part.name: part for part in parts}
    except InvalidInput as error:
        raise Rejected(fault(MALFORMED, str(error))) from None
