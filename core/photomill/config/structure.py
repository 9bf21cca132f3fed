"""Structuring: plain tables and lists into attrs classes, with every mistake said at once."""

from typing import Any, TypeVar

import attrs
from cattrs import (
    AttributeValidationNote,
    ClassValidationError,
    Converter,
    ForbiddenExtraKeysError,
    IterableValidationError,
)

from photomill.config.converter import is_hidden, key_of, make_converter
from photomill.config.wording import in_own_words, suggest_name
from photomill.errors import ConfigError, Problem

__all__ = ["describe_errors", "make_converter", "strict", "structure"]

T = TypeVar("T")

strict = make_converter()
"""The converter of ``plugins.toml``."""


def structure(value: Any, kind: type[T], path: str = "", *, converter: Converter = strict) -> T:
    """Structure a value.

    :param path: the dotted path of the value, put before every message.
    :raises ConfigError: with every mistake there is.
    """
    try:
        return converter.structure(value, kind)
    except Exception as error:
        raise ConfigError(describe_errors(error, path)) from None


def describe_errors(error: Exception, path: str = "") -> list[Problem]:
    """Say what a converter of :func:`make_converter` found wrong: one problem for each mistake."""
    if isinstance(error, ForbiddenExtraKeysError):
        return [_unknown_key(error, path, key) for key in sorted(error.extra_fields)]
    if isinstance(error, ClassValidationError | IterableValidationError):
        noted, plain = error.group_exceptions()
        problems = [
            problem for inner, note in noted for problem in _describe_noted(inner, note, path)
        ]
        return problems + [problem for inner in plain for problem in describe_errors(inner, path)]
    return [Problem(path, _text(error))]


def _describe_noted(error: Exception, note: Any, path: str) -> list[Problem]:
    if isinstance(note, AttributeValidationNote):
        name = key_of(note.name)
        inner = f"{path}.{name}" if path else name
        if isinstance(error, KeyError):
            return [Problem(inner, "required, and missing")]
    elif isinstance(note.index, int):
        inner = f"{path}[{note.index}]"
    else:
        inner = f"{path}.{note.index}" if path else str(note.index)
    return describe_errors(error, inner)


def _unknown_key(error: ForbiddenExtraKeysError, path: str, key: str) -> Problem:
    hint = suggest_name(key, _keys(error.cl))
    message = f"unknown key; {hint}" if hint else "unknown key; no keys are expected here"
    return Problem(f"{path}.{key}" if path else key, message)


def _keys(kind: Any) -> list[str]:
    return [key_of(attribute.name) for attribute in attrs.fields(kind) if not is_hidden(attribute)]


def _text(error: Exception) -> str:
    # The validators of attrs put the attribute and the value behind the message.
    return in_own_words(str(error.args[0])) if error.args else type(error).__name__
