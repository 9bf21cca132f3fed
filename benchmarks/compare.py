"""Compare: what a commit changed, by one benchmark of two checkouts in turns.

Each checkout has its environment in ``.venv``. The benchmark runs in one and in the other, round after round; every number
that it writes by ``--output`` is printed with its medians and with the median of the rounds' ratios, which noise that lasts
longer than a round cannot move.

    python benchmarks/compare.py ../before . search.py --sizes 10000 --rounds 5
"""

import argparse
import json
import statistics
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

Numbers = dict[str, float]
"""By what they are: ``rows engine large milliseconds``."""


def numbers(found: Any, name: str = "") -> Iterator[tuple[str, float]]:
    """The numbers of a document; what a row of a list is, its texts say, and where it has none its place."""
    if isinstance(found, bool):
        return
    if isinstance(found, int | float):
        yield name, float(found)
    elif isinstance(found, Mapping):
        for key, value in found.items():
            yield from numbers(value, f"{name} {key}".strip())
    elif isinstance(found, list):
        for place, value in enumerate(found):
            yield from numbers(value, f"{name} {_label(value) or place}".strip())


def _label(row: Any) -> str:
    """What tells a row from others: its texts, and the sizes that it was measured at."""
    if not isinstance(row, Mapping):
        return ""
    told = [
        str(value)
        for key, value in row.items()
        if isinstance(value, str) or key in ("size", "cores", "clients")
    ]
    return " ".join(told)


def measure(checkout: Path, benchmark: str, arguments: Sequence[str]) -> Numbers:
    """Run a benchmark of a checkout; a failure ends the comparison."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "found.json"
        command = [str(checkout / ".venv/bin/python"), str(checkout / "benchmarks" / benchmark)]
        subprocess.run(
            [*command, *arguments, "--output", str(output)], check=True, stdout=subprocess.DEVNULL
        )
        return dict(numbers(json.loads(output.read_text("utf-8"))))


def compared(old: Sequence[Numbers], new: Sequence[Numbers]) -> Iterator[str]:
    """A line for every number that both have."""
    yield f"{'old':>12} {'new':>12} {'new/old':>8}"
    for name in old[0]:
        if not all(name in each for each in (*old, *new)):
            continue
        before, after = ([each[name] for each in side] for side in (old, new))
        ratios = [b / a for a, b in zip(before, after, strict=True) if a]
        ratio = f"{statistics.median(ratios):8.3f}" if ratios else " " * 8
        yield f"{statistics.median(before):12.4g} {statistics.median(after):12.4g} {ratio}  {name}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("old", type=Path, help="a checkout with its environment")
    parser.add_argument("new", type=Path)
    parser.add_argument("benchmark", help="a file of benchmarks/ that takes --output")
    parser.add_argument("--rounds", type=int, default=3)
    asked, arguments = parser.parse_known_args()
    sides: dict[Path, list[Numbers]] = {asked.old.absolute(): [], asked.new.absolute(): []}
    for turn in range(asked.rounds):
        order = list(sides) if turn % 2 == 0 else list(reversed(sides))
        for checkout in order:
            sides[checkout].append(measure(checkout, asked.benchmark, arguments))
    old, new = sides.values()
    print("\n".join(compared(old, new)))


if __name__ == "__main__":
    main()
