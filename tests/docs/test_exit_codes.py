"""The command line's page lists every exit code."""

import re
from pathlib import Path

from photomill_cli.exits import Exit

PAGE = Path(__file__).parents[2] / "docs/cli.md"


def test_every_exit_code_is_listed() -> None:
    listed = {
        int(code)
        for code in re.findall(r"^\| (\d+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert listed == {int(code) for code in Exit}
