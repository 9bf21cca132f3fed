"""Writes the parts of the documents that come from the code into the Markdown, so that the files say all by themselves.

``python docs/_hooks/references.py`` writes; with ``--check`` it fails where something is not current. What stands
between a marker and ``<!-- end -->`` is written by it: tables of options below ``<!-- options: … -->`` and their like, and
below ``::: a.dotted.name`` or ``::: mkdocs-click`` a reference that the built site leaves out, as it shows its own.
"""

import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import griffe

sys.path.insert(0, str(Path(__file__).parent))
import generated

DOCS = Path(__file__).parents[1]
ROOT = DOCS.parent
REFERENCE, END = "<!-- reference -->", "<!-- end -->"
WRITTEN = re.compile(r"\n+<!-- (?:reference|generated) -->\n.*?<!-- end -->", re.DOTALL)
DIRECTIVE = re.compile(r"^::: (?P<name>[\w.-]+)(?P<options>(?:\n    :.*)*)$", re.MULTILINE)
FIELD = re.compile(r"^\s*:(\w+) ?([^:]*):\s*", re.MULTILINE)
ROLE = re.compile(r":(?:meth|attr|class|func|mod):`")


def main() -> None:
    stale = []
    for page in sorted(DOCS.rglob("*.md")):
        before = page.read_text("utf-8")
        after = written(before)
        if after != before:
            stale.append(str(page.relative_to(ROOT)))
            if "--check" not in sys.argv:
                page.write_text(after, "utf-8")
    if stale and "--check" in sys.argv:
        sys.exit(f"not current: {', '.join(stale)}; run: make docs")


def written(markdown: str) -> str:
    """A page with all its references as they are by the code."""
    bare = WRITTEN.sub("", markdown)
    bare = generated.MARKER.sub(_table, bare)
    return DIRECTIVE.sub(_reference, bare)


def _table(match: re.Match[str]) -> str:
    if match[1] == "changelog":
        return match[0]
    return f"{match[0]}\n\n<!-- generated -->\n\n{generated.replacement(match).strip()}\n\n{END}"


def _reference(match: re.Match[str]) -> str:
    lines = _commands() if match["name"] == "mkdocs-click" else _object(_found(match["name"]), 3)
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return f"{match[0]}\n\n{REFERENCE}\n\n{text}\n\n{END}"


def _found(name: str) -> Any:
    package = name.partition(".")[0]
    if package not in _LOADED:
        paths = [ROOT / "core", ROOT / "adapters" / "http", ROOT / "adapters" / "cli"]
        _LOADED[package] = griffe.load(package, search_paths=paths, resolve_aliases=True)
    found: Any = _LOADED[package]
    for part in name.split(".")[1:]:
        found = found[part]
    return found.final_target if found.is_alias else found


_LOADED: dict[str, Any] = {}


def _object(found: Any, level: int) -> Iterator[str]:
    yield f"{'#' * level} {_heading(found)}"
    yield ""
    yield _words(found)
    yield ""
    if not (found.is_class or found.is_module):
        return
    members = {name: member for name, member in found.members.items() if not member.is_alias}
    # What begins with an underscore is told of only to those who derive from a class, and override it.
    derived = any("abstractmethod" in member.labels for member in members.values())
    for name, member in members.items():
        if name.startswith("__") or not member.has_docstring:
            continue
        if name.startswith("_") and not derived:
            continue
        if found.is_module and member.is_module:
            continue
        if member.is_class:
            yield from _object(member, level + 1)
        else:
            yield f"* {_heading(member)}: {_words(member, indent='  ')}"
    yield ""


def _heading(found: Any) -> str:
    if found.is_function:
        taken = ", ".join(_parameter(each) for each in found.parameters if each.name != "self")
        return f"`{found.name}({taken}) -> {found.returns}`"
    if found.is_attribute:
        kind = f": {found.annotation}" if found.annotation else ""
        value = f" = {found.value}" if found.value and len(str(found.value)) < 40 else ""
        return f"`{found.name}{kind}{value}`"
    bases = ", ".join(str(base) for base in found.bases) if found.is_class else ""
    return f"`{found.name}({bases})`" if bases else f"`{found.name}`"


def _parameter(each: Any) -> str:
    kind = f": {each.annotation}" if each.annotation else ""
    value = f" = {each.default}" if each.default is not None else ""
    star = {"variadic positional": "*", "variadic keyword": "**"}.get(each.kind.value, "")
    return f"{star}{each.name}{kind}{value}"


def _words(found: Any, indent: str = "") -> str:
    text = ROLE.sub("`", found.docstring.value if found.docstring else "").replace("``", "`")
    prose, *fields = re.split(r"\n(?=\s*:\w+ ?[^:\n]*:)", f"\n{text}")
    lines = [_block(part, indent) for part in prose.split("\n\n") if part.strip()]
    shown = f"\n\n{indent}".join(lines)
    items = [FIELD.sub(_field, " ".join(each.split())) for each in fields if each.strip()]
    listed = "".join(f"\n{indent}- {each}" for each in items)
    return f"{shown}\n{listed}" if items else shown


def _block(part: str, indent: str) -> str:
    """A paragraph of a docstring on one line; what is indented stays as it is drawn."""
    lines = part.strip("\n").splitlines()
    if not all(line.startswith("    ") for line in lines):
        return " ".join(part.split())
    drawn = textwrap.dedent("\n".join(lines)).splitlines()
    return f"\n{indent}".join(["```", *drawn, "```"])


def _field(match: re.Match[str]) -> str:
    kind = {"param": "", "ivar": "", "raises": "raises ", "returns": "returns"}.get(match[1], "")
    return f"{kind}`{match[2]}`: " if match[2] else f"{kind}: "


def _commands() -> Iterator[str]:
    from photomill_cli.main import main as program

    yield from _command(program, "photomill", click.Context(program, info_name="photomill"), 3)


def _command(
    command: click.Command, path: str, context: click.Context, level: int
) -> Iterator[str]:
    yield f"{'#' * min(level, 5)} `{path}`"
    yield ""
    yield "```"
    yield " ".join([path, *command.collect_usage_pieces(context)])
    yield "```"
    yield ""
    yield "\n\n".join(map(_paragraph, inspect.cleandoc(command.help or "").split("\n\n")))
    yield ""
    options = [
        each for each in command.params if isinstance(each, click.Option) and not each.hidden
    ]
    if path != "photomill":
        options = [
            each for each in options if each.name not in ("config", "data_dir", "quiet", "debug")
        ]
    if options:
        yield "| Option | Meaning |"
        yield "|---|---|"
    for option in options:
        record = option.get_help_record(context)
        if record is not None:
            words = " ".join(record[1].split()).replace("|", "\\|")
            yield f"| `{record[0].replace('|', chr(92) + '|')}` | {words} |"
    yield ""
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                below = click.Context(inner, info_name=name, parent=context)
                yield from _command(inner, f"{path} {name}", below, level + 1)


def _paragraph(text: str) -> str:
    """A paragraph of a command's help; lines that click does not wrap stay as they are."""
    return f"```\n{text[1:].strip(chr(10))}\n```" if text.startswith("\b") else text


if __name__ == "__main__":
    main()
