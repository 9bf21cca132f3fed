"""The snippets of the page on Python, run one after another as somebody would type them."""

import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

PAGE = Path(__file__).parents[2] / "docs" / "library.md"
SNIPPET = re.compile(r"```python\n(.*?)```", re.DOTALL)


def test_the_snippets_work_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("photos").mkdir()
    for number, name in enumerate(("beach", "boat", "dune")):
        tiles = Image.frombytes("RGB", (4, 3), bytes(range(number * 9, number * 9 + 36)))
        tiles.resize((120, 90)).save(Path("photos", f"{name}.jpg"))
    names: dict[str, Any] = {}
    snippets = SNIPPET.findall(PAGE.read_text("utf-8"))
    assert len(snippets) >= 3
    for snippet in snippets[:3]:
        exec(compile(snippet, str(PAGE), "exec"), names)
    said = capsys.readouterr().out
    assert said.startswith("beach 0.0\n")
    assert {record.attributes["folder"] for record in names["records"]} == {"photos"}
    assert names["report"].inserted == 3
    assert names["report"].failures == []
