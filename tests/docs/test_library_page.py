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
    assert len(snippets) >= 7

    def type_in(wanted: list[str]) -> str:
        for snippet in wanted:
            exec(compile(snippet, str(PAGE), "exec"), names)
        return capsys.readouterr().out

    assert type_in(snippets[:3]).startswith("beach 0.0\n")
    assert {record.attributes["folder"] for record in names["records"]} == {"photos"}
    assert names["report"].inserted == 3
    assert names["report"].failures == []

    said = type_in(snippets[3:])
    assert said.startswith("3 0 []\n")  # edited
    assert names["thumbnail"].data == Path("thumbnail.webp").read_bytes()
    assert [line.split()[1] for line in said.splitlines() if " ready " in line] == ["ready"] * 3
    assert len(names["files"]) == 3
