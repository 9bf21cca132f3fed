"""The hooks page lists every hook with its exact arguments, and no other."""

import inspect
import re
from pathlib import Path

from photomill import hookspecs

PAGE = Path(__file__).parents[2] / "docs/plugins/hooks.md"
HEADING = re.compile(r"^### (\w+\(.*\))$", re.MULTILINE)


def specified_hooks() -> set[str]:
    return {
        f"{name}({', '.join(inspect.signature(function).parameters)})"
        for name, function in inspect.getmembers(hookspecs, inspect.isfunction)
        if hasattr(function, "photomill_spec")
    }


def test_every_hook_has_a_heading_with_its_arguments() -> None:
    assert specified_hooks()
    assert set(HEADING.findall(PAGE.read_text(encoding="utf-8"))) == specified_hooks()


def test_every_family_has_a_reference_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for hook in specified_hooks():
        if hook.startswith("register_"):
            section = page.split(f"### {hook}")[1].split("###")[0]
            (target,) = re.findall(r"\]\((\w+\.md)\)", section)
            assert (PAGE.parent / target).is_file()
