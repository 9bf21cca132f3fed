"""Editing: processor time, memory and size of results, against other libraries on the same files.

Every contestant runs in a process of its own, one picture after the other, in turns with the others, and is charged for
its children too. What a start costs is taken off: the time for one picture is that for all, less that for one, by their
number.

    python benchmarks/editing.py --photos ../shared/photos --large 12 --tasks a,b,c,d,e --sharp build/sharp
    python benchmarks/editing.py --photos ../shared/photos --count 20

``--sharp FOLDER`` is where ``npm install sharp`` was run; without it, sharp is left out.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import attrs
from attrs import frozen
from editing_peers.tasks import TASKS

HERE = Path(__file__).parent


@frozen
class Row:
    """One contestant on one task.

    :ivar cpu: milliseconds of processor time a picture.
    :ivar wall: milliseconds a picture.
    :ivar memory: the largest resident set of one of its processes, in MiB.
    :ivar size: of a result, in kB.
    """

    task: str
    contestant: str
    cpu: float
    wall: float
    memory: float
    size: float


@frozen
class Run:
    cpu: float
    wall: float
    memory: float


def run(command: Sequence[str]) -> Run:
    """Run to the end; a failure ends the benchmark."""
    environment = {**os.environ, "PYTHONPATH": str(HERE), "VIPS_CONCURRENCY": "1"}
    started = time.perf_counter()
    process = subprocess.Popen(command, env=environment, cwd=HERE)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command[:6]} ended with {process.returncode}")
    wall = time.perf_counter() - started
    return Run(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)


def contestants(sharp: Path | None) -> dict[str, list[str]]:
    """Commands that take a task, a folder and files."""
    python = [sys.executable, "-m"]
    commands = {
        "photomill precise": [*python, "editing_peers.photomill_batch", "precise"],
        "photomill fast": [*python, "editing_peers.photomill_batch", "fast"],
        "pyvips": [*python, "editing_peers.libraries", "pyvips"],
        "pillow": [*python, "editing_peers.libraries", "pillow"],
        "opencv": [*python, "editing_peers.libraries", "opencv"],
    }
    if sharp is not None:
        script = sharp / "sharp.mjs"
        shutil.copy(HERE / "editing_peers" / "sharp.mjs", script)
        commands["sharp"] = ["node", str(script.absolute())]
    return commands


def rows(
    files: Sequence[Path], tasks: Sequence[str], commands: Mapping[str, list[str]], rounds: int
) -> Iterator[Row]:
    for task in tasks:
        measured: dict[str, list[tuple[Run, Run]]] = {name: [] for name in commands}
        sizes = {}
        for _ in range(rounds):
            for name, command in commands.items():
                with tempfile.TemporaryDirectory() as output:
                    all_files = [str(file.absolute()) for file in files]
                    one = run([*command, task, output, all_files[0]])
                    every = run([*command, task, output, *all_files])
                    results = list(Path(output).glob(f"*.{TASKS[task].ending}"))
                    sizes[name] = statistics.mean(each.stat().st_size for each in results) / 1000
                measured[name].append((one, every))
        for name, runs in measured.items():
            further = len(files) - 1
            # The least of each: whatever else the machine did only ever adds.
            cpu = (min(every.cpu for _, every in runs) - min(one.cpu for one, _ in runs)) / further
            wall = min(every.wall for _, every in runs) - min(one.wall for one, _ in runs)
            wall /= further
            memory = max(every.memory for _, every in runs)
            yield Row(task, name, 1000 * cpu, 1000 * wall, memory, sizes[name])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, required=True, help="a folder of JPEG files")
    parser.add_argument("--count", type=int, default=100, help="photos of the folder to take")
    parser.add_argument("--large", type=int, default=0, help="large pictures instead, so many")
    parser.add_argument("--tasks", default=",".join(TASKS))
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--sharp", type=Path, help="where sharp was installed by npm")
    parser.add_argument("--only", default="", help="contestants, with commas between")
    parser.add_argument("--output", type=Path, help="write the rows as JSON")
    arguments = parser.parse_args()
    photos = sorted(
        each for each in arguments.photos.iterdir() if each.suffix.lower() in (".jpg", ".jpeg")
    )
    names = [str(each.absolute()) for each in photos]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if arguments.large:
            # In another process: what this one held would count as its children's memory.
            run([sys.executable, "-m", "editing_peers.large", str(arguments.large), name, *names])
            files = sorted(folder.iterdir())
        else:
            files = [Path(shutil.copy(each, folder)) for each in photos[: arguments.count]]
        found = []
        chosen = contestants(arguments.sharp)
        if arguments.only:
            chosen = {each: chosen[each] for each in arguments.only.split(",")}
        print(f"{len(files)} pictures; milliseconds of processor time and of the clock a picture")
        wanted = arguments.tasks.split(",")
        for row in rows(files, wanted, chosen, arguments.rounds):
            found.append(row)
            print(
                f"{row.task}  {row.contestant:18} {row.cpu:7.1f} {row.wall:7.1f} ms "
                f"{row.memory:6.0f} MiB {row.size:7.1f} kB",
                flush=True,
            )
    if arguments.output:
        arguments.output.write_text(json.dumps([attrs.asdict(row) for row in found], indent=1))


if __name__ == "__main__":
    main()
