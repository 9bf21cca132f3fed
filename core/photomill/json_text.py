"""Reading JSON that strangers wrote: what it would cost is known before anything of it is built.

A decoder in C turns 60 MB of ``[],[],…`` into 20 million objects without letting other threads run. Here a text is looked
through first, string by string and piece by piece: :class:`TooComplex` names the limit that it passes. Long strings, such
as images in base64, are left out of what the decoder sees and are put in again afterwards, so that no single step holds
the interpreter for long.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import msgspec
from attrs import define, field, frozen

from photomill.errors import InvalidInput

__all__ = ["JsonLimits", "TooComplex", "decode_json"]

_SLICE = 256 * 1024
_LONG = 4 * 1024
"""Strings of more bytes are kept from the decoder."""
_MARK_BYTES = 12

# From within a string: up to its end, or to the end of the slice, never into the middle of an escape.
_CONTENT = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_BRACKETS = b"[]{}"
_NOT_BRACKETS = bytes(each for each in range(256) if each not in _BRACKETS)
_OPENING = b"[{"


class TooComplex(InvalidInput):
    """The text is JSON, maybe, but more of it than is taken at once."""


@frozen
class JsonLimits:
    """
    :ivar depth: levels of arrays and objects.
    :ivar nodes: values, those within arrays and objects among them.
    :ivar size: bytes of what is not in long plain strings: punctuation, numbers, spaces, short strings, and strings that are not
        ASCII. An image in base64 does not count.
    """

    depth: int = 100
    nodes: int = 250_000
    size: int = 16 * 1024 * 1024


def decode_json(text: bytes | bytearray, limits: JsonLimits | None = None) -> Any:
    """Decode JSON within limits.

    :raises TooComplex: there is more of it than the limits allow.
    :raises InvalidInput: it is not JSON, or nested too deep.
    """
    limits = JsonLimits() if limits is None else limits
    if _is_within(text, limits):
        # What is broken is looked through after all, so that it is told in the same words.
        with suppress(msgspec.DecodeError, UnicodeDecodeError):
            return msgspec.json.decode(text)
    scan = _Scan(text, limits)
    scan.run()
    reduced = scan.without_long() if scan.long else text
    try:
        value = msgspec.json.decode(reduced)
        return _Restoring(scan).value(value) if scan.long else value
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"not valid JSON: {error}") from None
    except RecursionError:
        raise InvalidInput("the JSON is nested too deep") from None


def _is_within(text: bytes | bytearray, limits: JsonLimits) -> bool:
    """Whether a text is so short that it passes no limit, whatever stands in it."""
    if len(text) > _LONG or len(text) >= min(limits.nodes, limits.size):
        return False
    return text.count(b"[") + text.count(b"{") <= limits.depth


@frozen
class _Long:
    """A long string.

    :ivar begin: of its content.
    :ivar cuts: where it may be cut without cutting an escape; the last one is its end.
    """

    begin: int
    cuts: tuple[int, ...]

    @property
    def end(self) -> int:
        return self.cuts[-1]


@define
class _Scan:
    """Looks through a text. What is broken is left to the decoder, which says it better."""

    text: bytes | bytearray
    limits: JsonLimits
    nodes: int = 1
    strings: int = 0
    depth: int = 0
    size: int = 0
    long: list[_Long] = field(factory=list)
    mark: str = field(factory=lambda: secrets.token_hex(_MARK_BYTES))

    def run(self) -> None:
        at = 0
        while True:
            quote = self.text.find(b'"', at)
            self._outside(at, len(self.text) if quote < 0 else quote)
            if quote < 0:
                return
            string = self._string(quote + 1)
            self._count_string(string)
            at = string.end + 1

    def _outside(self, begin: int, end: int) -> None:
        """Count what stands between strings."""
        self._count_bytes(end - begin)
        for start in range(begin, end, _SLICE):
            stop = min(end, start + _SLICE)
            opened = sum(self.text.count(mark, start, stop) for mark in (b"[", b"{"))
            self._count_nodes(opened + self.text.count(b",", start, stop))
            if opened or self.depth:
                self._follow(self.text[start:stop].translate(None, _NOT_BRACKETS))

    def _follow(self, brackets: bytes | bytearray) -> None:
        for bracket in brackets:
            self.depth += 1 if bracket in _OPENING else -1
            if self.depth > self.limits.depth:
                raise InvalidInput(f"the JSON is nested deeper than {self.limits.depth} levels")

    def _string(self, begin: int) -> _Long:
        """The string whose content begins here."""
        end = self.text.find(b'"', begin)
        if end < 0:
            raise _endless()
        if self.text.find(b"\\", begin, end) < 0:
            return _Long(begin, (*range(begin + _SLICE, end, _SLICE), end))
        cuts: list[int] = []
        at = begin
        while at < len(self.text):
            found = _CONTENT.match(self.text, at, at + _SLICE)
            if found is None or found.end() == at:
                # A quote may stand at the very beginning of a slice; a backslash alone ends the text.
                if self.text[at : at + 1] != b'"':
                    break
                return _Long(begin, (*cuts, at))
            at = found.end()
            cuts.append(at)
            if self.text[at : at + 1] == b'"':
                return _Long(begin, tuple(cuts))
        raise _endless()

    def _count_string(self, string: _Long) -> None:
        # Each is a value or a name.
        self.strings += 1
        if self.strings > 2 * self.limits.nodes:
            self._count_nodes(self.limits.nodes)
        size = string.end - string.begin
        if size <= _LONG:
            self._count_bytes(size)
            return
        if not all(_is_plain(self.text[begin:end]) for begin, end in _pieces(string)):
            self._count_bytes(size)
            # A cut could part the bytes of a character, or the halves of a pair of escapes.
            string = _Long(string.begin, (string.end,))
        self.long.append(string)

    def _count_nodes(self, count: int) -> None:
        self.nodes += count
        if self.nodes > self.limits.nodes:
            raise TooComplex(f"the JSON has more than {self.limits.nodes} values")

    def _count_bytes(self, count: int) -> None:
        self.size += count
        if self.size > self.limits.size:
            raise TooComplex(
                f"the JSON has more than {self.limits.size} bytes beside images in base64"
            )

    def without_long(self) -> bytes:
        """The text with a mark in the place of each long string."""
        pieces: list[bytes | bytearray] = []
        at = 0
        for place, string in enumerate(self.long):
            pieces += [self.text[at : string.begin], f"{self.mark}{place}".encode()]
            at = string.end
        return b"".join([*pieces, self.text[at:]])


@define
class _Restoring:
    """Puts long strings into their places."""

    scan: _Scan
    names: int = 0

    def value(self, value: Any) -> Any:
        """
        :raises InvalidInput: the name of a value is a long string.
        """
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, list):
            for place, inner in enumerate(value):
                if isinstance(inner, str | list | dict):
                    value[place] = self.value(inner)
        elif isinstance(value, dict):
            for name, inner in value.items():
                if name.startswith(self.scan.mark):
                    raise TooComplex(f"the JSON has a name of more than {_LONG} bytes")
                if isinstance(inner, str | list | dict):
                    value[name] = self.value(inner)
        return value

    def _text(self, value: str) -> str:
        if not value.startswith(self.scan.mark):
            return value
        string = self.scan.long[int(value[len(self.scan.mark) :])]
        text = ""
        for begin, end in _pieces(string):
            # Grows in place, where joining would copy, and allocate, the whole in one step.
            text += msgspec.json.decode(b"".join((b'"', self.scan.text[begin:end], b'"')), type=str)
        return text


def _endless() -> InvalidInput:
    return InvalidInput("not valid JSON: a string does not end")


def _pieces(string: _Long) -> Iterator[tuple[int, int]]:
    begin = string.begin
    for cut in string.cuts:
        yield begin, cut
        begin = cut


def _is_plain(piece: bytes | bytearray) -> bool:
    """Whether a piece of a string takes no more room as text than as bytes."""
    return piece.isascii() and b"\\u" not in piece
