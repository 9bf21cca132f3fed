"""Fixtures for plugin authors; loaded by pytest through the entry point ``pytest11``.

Photomill is imported inside the fixtures, so that a run that measures coverage sees it being imported.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from photomill.components import Component
    from photomill.plugins import Components

pytest.register_assert_rewrite(
    "photomill.testing.decoder",
    "photomill.testing.editor",
    "photomill.testing.embedder",
    "photomill.testing.encoder",
    "photomill.testing.executor",
    "photomill.testing.filter",
    "photomill.testing.grouper",
    "photomill.testing.index",
    "photomill.testing.recogniser",
    "photomill.testing.storage",
    "photomill.testing.text_reader",
)


@pytest.fixture
def models_dir(tmp_path: Path) -> Path:
    """The folder of models, empty; define another one of this name where components need weights."""
    return tmp_path / "models"


@pytest.fixture
def open_component(tmp_path: Path, models_dir: Path) -> "Iterator[Callable[..., Component]]":
    """Open a component: ``open_component(Palette, colours=4)``; it is closed after the test."""
    from photomill.testing import open_component as opened

    with ExitStack() as stack:
        yield lambda component, **options: stack.enter_context(
            opened(
                component,
                options,
                cache_dir=tmp_path / "cache",
                models_dir=models_dir,
                data_dir=tmp_path / "data",
            )
        )


@pytest.fixture
def load_components(tmp_path: Path) -> "Iterator[Callable[..., Components]]":
    """Load components from given plugins and from no other: ``load_components(module, embedders={...})``.

    Takes modules with hook functions, single component classes, or plugins; and the tables of ``plugins.toml``.
    """
    from photomill.testing import load_components as loaded

    with ExitStack() as stack:

        def load(*parts: Any, **tables: Any) -> "Components":
            return stack.enter_context(loaded(*parts, tables=tables, data_dir=tmp_path / "data"))

        yield load
