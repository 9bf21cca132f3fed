"""Conformance suites and helpers for plugin authors.

Derive from a suite and fill its one fixture. Everything is imported when it is first asked for, so that pytest can rewrite
the assertions.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from photomill.testing.decoder import DecoderContract as DecoderContract
    from photomill.testing.editor import EditOperationContract as EditOperationContract
    from photomill.testing.editor import edited as edited
    from photomill.testing.embedder import EmbedderContract as EmbedderContract
    from photomill.testing.encoder import EncoderContract as EncoderContract
    from photomill.testing.executor import ExecutorContract as ExecutorContract
    from photomill.testing.external import ExternalIndexContract as ExternalIndexContract
    from photomill.testing.filter import FilterContract as FilterContract
    from photomill.testing.filter import FilterSamples as FilterSamples
    from photomill.testing.grouper import GrouperContract as GrouperContract
    from photomill.testing.index import IndexContract as IndexContract
    from photomill.testing.isolation import load_components as load_components
    from photomill.testing.isolation import open_component as open_component
    from photomill.testing.isolation import plugin_of as plugin_of
    from photomill.testing.recogniser import FaceRecogniserContract as FaceRecogniserContract
    from photomill.testing.storage import StorageContract as StorageContract
    from photomill.testing.storage import WritableStorageContract as WritableStorageContract
    from photomill.testing.text_reader import TextReaderContract as TextReaderContract

_LAZY = {
    "DecoderContract": "photomill.testing.decoder",
    "EditOperationContract": "photomill.testing.editor",
    "EmbedderContract": "photomill.testing.embedder",
    "EncoderContract": "photomill.testing.encoder",
    "ExecutorContract": "photomill.testing.executor",
    "FaceRecogniserContract": "photomill.testing.recogniser",
    "ExternalIndexContract": "photomill.testing.external",
    "FilterContract": "photomill.testing.filter",
    "FilterSamples": "photomill.testing.filter",
    "GrouperContract": "photomill.testing.grouper",
    "IndexContract": "photomill.testing.index",
    "StorageContract": "photomill.testing.storage",
    "TextReaderContract": "photomill.testing.text_reader",
    "WritableStorageContract": "photomill.testing.storage",
    "edited": "photomill.testing.editor",
    "load_components": "photomill.testing.isolation",
    "open_component": "photomill.testing.isolation",
    "plugin_of": "photomill.testing.isolation",
}

__all__ = sorted(_LAZY)


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)
