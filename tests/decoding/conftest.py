"""A decoder that misbehaves on command."""

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from photomill.config.settings import ImageSettings
from photomill.decoding.decoder import ImageDecoder

HERE = Path(__file__).parent


@pytest.fixture
def open_misbehaving(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., ImageDecoder]]:
    """Open a pool of one process, or as many as asked for, around a class of ``photomill_misbehaving``."""
    monkeypatch.syspath_prepend(str(HERE / "misbehaving"))
    module = import_module("photomill_misbehaving")
    opened = []

    def open_with(kind: str = "Misbehaving", colour: int = 7, **settings: Any) -> ImageDecoder:
        limits = ImageSettings(**{"processes": 1, "max_seconds": 5.0, **settings})
        opened.append(ImageDecoder([(getattr(module, kind), module.Options(colour))], limits))
        return opened[-1]

    yield open_with
    for decoder in opened:
        decoder.close()


@pytest.fixture
def command() -> Callable[[str], bytes]:
    """Make the image that gives the misbehaving decoder an order."""
    return lambda text: b"BM" + bytes(12) + (40).to_bytes(4, "little") + text.encode()
