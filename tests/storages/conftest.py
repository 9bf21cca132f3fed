"""An engine, and another one over the same data folder."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill.storages import Namespace

OpenEngine = Callable[..., Engine]


@pytest.fixture
def open_engine(tmp_path: Path) -> Iterator[OpenEngine]:
    """Open an engine; all of a test share one data folder."""
    with ExitStack() as stack:

        def opened(**overrides: Any) -> Engine:
            given = {key.replace("__", "."): value for key, value in overrides.items()}
            given["photomill.data_dir"] = str(tmp_path / "data")
            return stack.enter_context(Engine.open(load_settings(overrides=given)))

        yield opened


@pytest.fixture
def operator(open_engine: OpenEngine) -> Namespace:
    """What whoever runs Photomill may name."""
    return open_engine().storages.operator


@pytest.fixture
def client(open_engine: OpenEngine) -> Namespace:
    """What the keys of one owner may name; addresses of this machine are allowed."""
    return open_engine(fetch__allow=["127.0.0.0/8"]).storages.namespace("ann")
