"""Forms of several parts (``multipart/form-data``), parsed from a body that has arrived."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from attrs import define, field, frozen
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from photomill import InvalidInput

FORM = "multipart/form-data"

_MOST_PARTS = 16
_LARGEST_TEXT = 1024 * 1024
"""Bytes of a part that is no image, however it is sent."""
_IN_MEMORY = 1024 * 1024
_PIECE = 64 * 1024

# What browsers write for these characters in names: https://html.spec.whatwg.org/#multipart-form-data
_ESCAPES = {"%22": '"', "%0D": "\r", "%0A": "\n"}


@frozen(eq=False)
class Part:
    """
    :ivar filename: None where the part was not sent as a file.
    """

    name: str
    filename: str | None
    file: BinaryIO

    def read(self) -> bytes:
        self.file.seek(0)
        return self.file.read()

    def text(self) -> str:
        return self.read().decode("utf-8", "replace")


def media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def boundary_of(content_type: str) -> bytes:
    """What the parts of a form are separated by.

    :raises InvalidInput: there is none.
    """
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if not boundary:
        raise InvalidInput("the form has no boundary")
    return boundary


@contextmanager
def parsed_form(body: BinaryIO, boundary: bytes, image: str) -> Iterator[list[Part]]:
    """The parts of a form, while the block runs. Work for a thread.

    :param image: the part that may be as large as the body, in lower case; others have at most 1 MiB.
    :raises InvalidInput: it is broken, or has too many or too large parts.
    """
    reading = _Reading(image)
    try:
        reading.run(body, boundary)
        yield reading.parts
    except FormParserError as error:
        raise InvalidInput(f"the form cannot be read: {error}") from None
    finally:
        reading.close()


@define(eq=False)
class _Reading:
    image: str
    parts: list[Part] = field(factory=list)
    _headers: dict[bytes, bytes] = field(factory=dict)
    _name: bytearray = field(factory=bytearray)
    _value: bytearray = field(factory=bytearray)
    _left: int = 0

    def run(self, body: BinaryIO, boundary: bytes) -> None:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._add_name,
                "on_header_value": self._add_value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._open,
                "on_part_data": self._write,
            },
        )
        while piece := body.read(_PIECE):
            parser.write(piece)
        parser.finalize()
        for part in self.parts:
            part.file.seek(0)

    def close(self) -> None:
        for part in self.parts:
            part.file.close()

    def _begin(self) -> None:
        if len(self.parts) == _MOST_PARTS:
            raise InvalidInput(f"the form has more than {_MOST_PARTS} parts")
        self._headers = {}

    def _add_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _add_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        self._headers[bytes(self._name).lower()] = bytes(self._value)
        self._name, self._value = bytearray(), bytearray()

    def _open(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        name = _text(options, b"name")
        if name is None:
            raise InvalidInput("a part of the form has no name")
        file = cast(BinaryIO, SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115 (closed with the form)
        self.parts.append(Part(name, _text(options, b"filename"), file))
        self._left = -1 if name.lower() == self.image else _LARGEST_TEXT

    def _write(self, data: bytes, start: int, end: int) -> None:
        part = self.parts[-1]
        if self._left >= 0:
            self._left -= end - start
            if self._left < 0:
                raise InvalidInput(f"the part is larger than {_LARGEST_TEXT} bytes", path=part.name)
        part.file.write(data[start:end])


def _text(options: Mapping[bytes, bytes], name: bytes) -> str | None:
    value = options.get(name)
    if value is None:
        return None
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        text = value.decode("latin-1")
    for escape, character in _ESCAPES.items():
        text = text.replace(escape, character).replace(escape.lower(), character)
    return text
