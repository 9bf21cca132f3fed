"""Performance: every goal of speed and memory, measured one after the other, as one table.

Runs the benchmarks of this folder, each in a process of its own, and writes ``docs/performance.md``: what was measured
beside the goal and beside what was measured when the goal was set, with the machine and the date. Nothing else should run
on the machine meanwhile: the page says how busy it was.

    python benchmarks/performance.py --photos ../shared/photos
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from attrs import frozen
from editing_peers.tasks import TASKS
from growth import PROMISED

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "performance.md"
_GIB = 2**30


@frozen
class Bound:
    """What a figure is to be."""

    limit: float
    least: bool = False

    def holds(self, value: float) -> bool:
        return value >= self.limit if self.least else value <= self.limit

    def __str__(self) -> str:
        return f"{'≥' if self.least else '≤'} {self.limit:g}"


@frozen
class Figure:
    """One line of the table.

    :ivar read: finds it in what the benchmark wrote.
    :ivar then: what was measured when the goal was set.
    """

    what: str
    unit: str
    goal: Bound
    read: Callable[[Any], float]
    then: str = ""


@frozen
class Benchmark:
    """A script of this folder, and what is read from what it writes.

    :ivar arguments: ``PHOTOS`` stands for the folder of photos.
    """

    script: str
    arguments: Sequence[str]
    figures: Sequence[Figure]
    environment: Mapping[str, str] = {}


def row(found: Any, **wanted: Any) -> Any:
    """The one row of which these fields are so."""
    rows = found["rows"] if isinstance(found, dict) else found
    (match,) = (each for each in rows if all(each[key] == value for key, value in wanted.items()))
    return match


def against_bare(size: int, index: str) -> Callable[[Any], float]:
    return lambda found: float(row(found, size=size, what=f"engine {index}")["against_bare"])


def searches() -> Iterator[Figure]:
    then = {
        (10_000, "large"): "1.67",
        (100_000, "large"): "1.26 to 1.38",
        (100_000, "graph"): "1.38",
    }
    for (size, index), before in then.items():
        yield Figure(
            f"search of {size:,} × 512, index `{'nmslib' if index == 'graph' else 'rabitq'}`: engine / bare library",
            "×",
            Bound(1.10),
            against_bare(size, index),
            before,
        )


def build_ratio(found: Any) -> float:
    # The library's own graph, of whole vectors: that of the engine is often of fewer numbers, and built sooner.
    ours, theirs = (
        row(found, size=100_000, what=what)["built_seconds"]
        for what in ("engine large", "bare nmslib")
    )
    return 100 * float(ours) / float(theirs)


def clients(found: Any, key: str) -> float:
    return float(row(found, what="server, clients at once", clients=64)[key])


def added_by_http(found: Any, key: str) -> float:
    served, direct = (
        row(found, what=what)[key]
        for what in ("server, in turns with it", "engine, in this process")
    )
    return float(served - direct)


def task_ratio(task: str, ours: str, theirs: str) -> Callable[[Any], float]:
    return lambda found: float(
        row(found, task=task, contestant=ours)["cpu"]
        / row(found, task=task, contestant=theirs)["cpu"]
    )


def edits(tasks: str) -> Iterator[Figure]:
    """The figures of these tasks, named by their letters."""
    sharp = {"a": "", "b": ".93", "c": ".89", "d": "1.28", "e": ".66"}
    for task, then in sharp.items():
        if task not in tasks:
            continue
        yield Figure(
            f"batch edit {task}, `fast` / sharp",
            "×",
            Bound(0.90 if task == "a" else 0.80),
            task_ratio(task, "photomill fast", "sharp"),
            then,
        )
    pyvips = {"b": "1.22", "c": "1.15", "d": "1.51", "e": "1.33", "f": "1.24", "g": "1.02"}
    for task, then in pyvips.items():
        if task not in tasks:
            continue
        yield Figure(
            f"batch edit {task}, `precise` / bare pyvips",
            "×",
            Bound(1.02),
            task_ratio(task, "photomill precise", "pyvips"),
            then,
        )


def squares(found: Any) -> float:
    of = {each["method"]: each["sse"] for each in found if each.get("size_violations") == 0}
    return float(of.pop("balanced") / min(of.values()))


def imports() -> Iterator[Figure]:
    def of(cores: int, key: str) -> Callable[[Any], float]:
        return lambda found: float(row(found, cores=cores, embedder="efficientnet")[key])

    yield Figure(
        "import on one core / a bare loop that decodes and embeds",
        "×",
        Bound(0.95, least=True),
        of(1, "against_bare"),
        ".85 to .89",
    )
    yield Figure(
        "import on two cores / on one",
        "×",
        Bound(1.9, least=True),
        of(2, "against_one_core"),
        "1.72 to 1.84",
    )
    yield Figure(
        "import / the same without thumbnails, one core",
        "×",
        Bound(0.95, least=True),
        of(1, "against_plain"),
    )


def exponent(what: str) -> Callable[[Any], float]:
    return lambda found: float(found["exponents"][what])


def growth() -> Iterator[Figure]:
    for what, most in PROMISED.items():
        yield Figure(
            f"growth of {what}, exponent of the size",
            "",
            Bound(most),
            exponent(what),
        )


ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

BENCHMARKS = (
    Benchmark(
        "search.py",
        ["--bare", "numpy", "faiss", "nmslib", "--indexes", "large", "graph", "--filtered"],
        [
            *searches(),
            Figure(
                "build of `rabitq` / of a graph of bare nmslib, 100,000 × 512",
                "%",
                Bound(1),
                build_ratio,
                "3",
            ),
        ],
        ONE_THREAD,
    ),
    Benchmark(
        "certified.py",
        ["--sizes", "100000"],
        [
            Figure(
                "certified exact search of 100,000 × 512",
                "ms",
                Bound(2.5),
                lambda found: float(row(found, size=100_000, what="engine")["milliseconds"]),
                "7.0",
            ),
            Figure(
                "all pairs of 100,000 × 512 within a radius, processor time",
                "s",
                Bound(40),
                lambda found: float(row(found, size=100_000, what="all pairs, engine")["seconds"]),
                "minutes",
            ),
        ],
        ONE_THREAD,
    ),
    Benchmark(
        "serving.py",
        ["--workers", "2", "--requests", "4000"],
        [
            Figure(
                "64 clients, `visualKNN` of 100,000 × 512, two processes",
                "/s",
                Bound(900, least=True),
                lambda found: clients(found, "per_second"),
                "503",
            ),
            Figure(
                "64 clients, `visualKNN` of 100,000 × 512, two processes, p99",
                "ms",
                Bound(100),
                lambda found: clients(found, "p99"),
                "201",
            ),
            Figure(
                "HTTP over the call in process, p50",
                "ms",
                Bound(0.4),
                lambda found: added_by_http(found, "p50"),
                ".74",
            ),
            Figure(
                "HTTP over the call in process, p99",
                "ms",
                Bound(1.0),
                lambda found: added_by_http(found, "p99"),
                "1.9",
            ),
        ],
    ),
    Benchmark(
        "memory.py",
        [],
        [
            Figure(
                "memory of 300,000 × 512 with `nmslib` / the vectors",
                "×",
                Bound(2.2),
                lambda found: float(row(found, index="graph")["against_vectors"]),
                "2.72",
            ),
            Figure(
                "first answer of a cold process, 300,000 × 512",
                "s",
                Bound(1),
                lambda found: float(row(found, index="large")["first_answer_seconds"]),
            ),
        ],
    ),
    Benchmark("import_speed.py", ["--photos", "PHOTOS", "--rounds", "3"], [*imports()]),
    Benchmark(
        "editing.py",
        [
            "--photos",
            "PHOTOS",
            "--sharp",
            "--only",
            "photomill precise,photomill fast,pyvips,sharp",
            "--count",
            "100",
            "--tasks",
            "a,b,c,d,e,g",
        ],
        [*edits("abcdeg")],
    ),
    Benchmark(
        # The images of this one are so small that a hundred are lost in what starts vary by.
        "editing.py",
        [
            "--photos",
            "PHOTOS",
            "--only",
            "photomill precise,pyvips",
            "--count",
            "250",
            "--rounds",
            "4",
            "--tasks",
            "f",
        ],
        [*edits("f")],
    ),
    Benchmark(
        "grouping.py",
        ["--photos", "PHOTOS", "--sizes", "5000", "--rounds", "1"],
        [
            Figure(
                "grouping of 5,000: sum of squares / the best other",
                "×",
                Bound(1.0),
                squares,
                "1.029",
            ),
            Figure(
                "grouping of 5,000 into as many groups as they make, processor time",
                "s",
                Bound(10),
                lambda found: float(row(found, method="balanced, number chosen")["seconds"]),
            ),
        ],
    ),
    Benchmark("growth.py", [], [*growth()]),
)


_COUNTED = re.compile(r"\d+ of \d+ goals are met")


@frozen
class Measured:
    """A figure as it was found.

    :ivar value: None where the benchmark failed.
    """

    figure: Figure
    value: float | None

    @property
    def met(self) -> bool:
        return self.value is not None and self.figure.goal.holds(self.value)

    def __str__(self) -> str:
        figure = self.figure
        value = "failed" if self.value is None else f"{_rounded(self.value)} {figure.unit}".strip()
        goal = f"{figure.goal} {figure.unit}".strip()
        met = "yes" if self.met else "**no**"
        return f"| {figure.what} | {figure.then} | {goal} | {value} | {met} |"


def _rounded(value: float) -> str:
    """A number of three digits, or a whole one."""
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}"


def measure(benchmark: Benchmark, photos: Path) -> list[Measured]:
    """Run a benchmark in a process of its own; what it says goes to standard error."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "found.json"
        arguments = [str(photos) if each == "PHOTOS" else each for each in benchmark.arguments]
        command = [
            sys.executable,
            str(HERE / benchmark.script),
            *arguments,
            "--output",
            str(output),
        ]
        environment = {**os.environ, **benchmark.environment}
        done = subprocess.run(command, stdout=sys.stderr, env=environment)
        if done.returncode:
            print(f"{benchmark.script} ended with {done.returncode}", file=sys.stderr)
            return [Measured(figure, None) for figure in benchmark.figures]
        found = json.loads(output.read_text("utf-8"))
    return [Measured(figure, figure.read(found)) for figure in benchmark.figures]


def page(measured: Sequence[Measured], what: str, minutes: float) -> str:
    """The document.

    :param what: what was measured, and on which machine.
    """
    lines = "\n".join(str(each) for each in measured)
    met = sum(each.met for each in measured)
    found = {each.figure for each in measured}
    left = [each.script for each in BENCHMARKS if not found.intersection(each.figures)]
    broken_off = (
        f"\n\nIt was broken off before {', '.join(f'`{script}`' for script in left)}."
        if left
        else ""
    )
    return f"""# Performance

What `make bench` measured, beside the goals. Ratios are of one run, in which both sides take turns. "Then" is what was
measured when the goal was set. The script of each line is in `benchmarks/`.

{what}; {minutes:.0f} minutes.
{met} of {len(measured)} goals are met.{broken_off}

| What | Then | Goal | Measured | Met |
|---|---|---|---|---|
{lines}

The tasks of batch edits, by their letters:

{tasks()}
"""


def renewed(text: str, rows: Sequence[str], again: str) -> str:
    """The document with some lines in the place of the earlier ones.

    :param rows: as :class:`Measured` shows them.
    :param again: which scripts were run again, when, and on what.
    """
    new = {_what(row): row for row in rows}
    if len(new) < len(rows):
        raise ValueError("two figures have the same name")
    # An earlier run of the same scripts has no line left.
    same = again.partition(";")[0] + ";"
    kept = [line for line in text.splitlines() if not line.startswith(same)]
    lines = [new.get(_what(line), line) for line in kept]
    verdicts = [line for line in lines if line.endswith(("| yes |", "| **no** |"))]
    met = sum(line.endswith("| yes |") for line in verdicts)
    place = next(number for number, line in enumerate(lines) if _COUNTED.search(line))
    lines[place] = _COUNTED.sub(f"{met} of {len(verdicts)} goals are met", lines[place])
    lines.insert(place, again)
    return "\n".join(lines) + "\n"


def _what(row: str) -> str:
    return row.partition(" | ")[0]


def tasks() -> str:
    return "\n".join(f"* {letter}: {task.title}" for letter, task in TASKS.items())


def commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    return subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=HERE
    ).stdout.strip()


def machine() -> str:
    with open("/proc/cpuinfo") as file:
        models = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB
    cores = len(os.sched_getaffinity(0))
    return f"{models[0] if models else platform.machine()}, {cores} cores, {memory:.0f} GiB"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=Path, required=True, help="a folder of JPEG files")
    parser.add_argument(
        "--only",
        nargs="*",
        help="scripts of the list; the other lines of the page stay as they are",
    )
    arguments = parser.parse_args()
    started = time.monotonic()
    # The page itself changes the tree.
    what = (
        f"{datetime.now(UTC):%d %B %Y}, commit {commit()}; {machine()}; "
        f"load before it began {os.getloadavg()[0]:.1f}"
    )
    measured: list[Measured] = []
    for benchmark in BENCHMARKS:
        if arguments.only and benchmark.script not in arguments.only:
            continue
        began = time.monotonic()
        found = measure(benchmark, arguments.photos.absolute())
        measured += found
        print("\n".join(str(each) for each in found))
        print(f"{benchmark.script}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        if not arguments.only:
            # After each of them: whoever breaks off half an hour keeps what was measured.
            minutes = (time.monotonic() - started) / 60
            PAGE.write_text(page(measured, what, minutes), encoding="utf-8")
    if arguments.only:
        scripts = ", ".join(f"`{script}`" for script in arguments.only)
        rows = [str(each) for each in measured]
        text = renewed(PAGE.read_text("utf-8"), rows, f"Run again: {scripts}; {what}.")
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
