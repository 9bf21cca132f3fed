"""The components that pages on plugins show in full, held against the suites of their families."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from photomill.components import Embedder, Storage, check_key
from photomill.errors import SourceForbidden
from photomill.testing import EmbedderContract, WritableStorageContract
from photomill.testing.storage import ESCAPES

PAGES = Path(__file__).parents[2] / "docs" / "plugins"
Open = Callable[..., Any]


def shown(page: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", (PAGES / page).read_text("utf-8"), re.DOTALL):
        exec(compile(block, page, "exec"), names)
    return names


class TestMemoryStorage(WritableStorageContract):
    @pytest.fixture
    def storage(self, open_component: Open) -> Storage:
        opened: Storage = open_component(shown("storages.md")["MemoryStorage"])
        return opened


class TestAverageColour(EmbedderContract):
    @pytest.fixture
    def embedder(self, open_component: Open) -> Embedder:
        opened: Embedder = open_component(shown("embedders.md")["AverageColour"])
        return opened


def test_the_storage_shown_is_short() -> None:
    page = (PAGES / "storages.md").read_text("utf-8")
    (block,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    body = block[block.index("class ") :]
    assert len([line for line in body.splitlines() if line.strip()]) <= 30


@pytest.mark.parametrize("key", ESCAPES)
def test_every_key_that_a_storage_must_refuse_is_refused(key: str) -> None:
    with pytest.raises(SourceForbidden):
        check_key(key)
