"""The references that stand in the Markdown are those of the code."""

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


def test_the_references_are_current() -> None:
    words = [sys.executable, "docs/_hooks/references.py", "--check"]
    done = subprocess.run(words, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_files_say_what_an_author_asks() -> None:
    pages = REPOSITORY / "docs" / "plugins"
    editors = (pages / "editors.md").read_text("utf-8")
    assert "`PRIVACY = 10`" in editors
    assert "`_apply(raster: Raster, parameters: Any, context: EditContext) -> Raster`" in editors
    assert "`../outside`" in (pages / "storages.md").read_text("utf-8").replace("'", "")
    assert "| `EmbedderContract` | `embedder` |" in (pages / "index.md").read_text("utf-8")
    settings = (REPOSITORY / "docs" / "configuration.md").read_text("utf-8")
    assert "| `near_radius` |" in settings
    assert "#### `photomill edit`" in (REPOSITORY / "docs" / "cli.md").read_text("utf-8")
