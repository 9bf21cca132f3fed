"""The pages for users tell of every bundled embedder and index."""

from pathlib import Path
from types import ModuleType

from photomill.components import ExternalIndex

DOCS = Path(__file__).parents[2] / "docs"


def test_every_embedder_has_a_section(generator: ModuleType) -> None:
    page = (DOCS / "embedders.md").read_text(encoding="utf-8")
    for component in generator.bundled_components("embedders").values():
        assert f"\n## {component.name}\n" in page


def test_every_index_has_a_row(generator: ModuleType) -> None:
    page = (DOCS / "indexes.md").read_text(encoding="utf-8")
    for component in generator.bundled_components("indexes").values():
        if issubclass(component, ExternalIndex):
            continue
        (row,) = [line for line in page.splitlines() if line.startswith(f"| `{component.name}` |")]
        cells = [cell.strip() == "yes" for cell in row.split("|")]
        assert cells[3:6] == [component.can_add, component.can_filter, component.can_persist]


def test_every_external_index_has_a_section(generator: ModuleType) -> None:
    page = (DOCS / "external-indexes.md").read_text(encoding="utf-8")
    for component in generator.bundled_components("indexes").values():
        if issubclass(component, ExternalIndex):
            assert f"\n## {component.name}\n" in page
