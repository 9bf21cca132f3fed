"""Editing: processor time, memory, bytes and fidelity, against other libraries on the same files.

Every contestant runs in a process of its own, one image after the other, in turns with the others, and is charged for
its children too. What a start costs is taken off: the time for one image is that for all, less that for one, by their
number. A start takes as long as a hundred small images, and varies by a fiftieth: 250 images or more show differences of a
hundredth. PSNR and SSIM are against Pillow's Lanczos over a full decode, of tasks that leave colours as they are.

    python benchmarks/editing.py --photos ../shared/photos --large 12 --sharp
    python benchmarks/editing.py --photos ../shared/photos --count 20 --tasks a,b,c,d,e
    python benchmarks/editing.py --photos ../shared/photos --quick

``--sharp`` runs sharp too, and installs it by npm into ``build/sharp``, or the folder named, where it is not there yet.
ImageMagick is among the contestants where it is installed.
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
from typing import Any

import attrs
from attrs import frozen
from editing_peers import imagemagick, sharp
from editing_peers.fidelity import COMPARED
from editing_peers.tasks import TASKS

HERE = Path(__file__).parent
SHARP = HERE.parent / "build" / "sharp"


@frozen
class Row:
    """One contestant on one task.

    :ivar cpu: milliseconds of processor time an image.
    :ivar wall: milliseconds an image.
    :ivar memory: the largest resident set of one of its processes, in MiB.
    :ivar size: of a result, in kB.
    :ivar psnr: in dB; ``ssim`` likewise None where a task changes colours.
    """

    task: str
    contestant: str
    cpu: float
    wall: float
    memory: float
    size: float
    psnr: float | None
    ssim: float | None

    def __str__(self) -> str:
        shown = (
            f"{self.task}  {self.contestant:18} {self.cpu:7.1f} {self.wall:7.1f} ms "
            f"{self.memory:6.0f} MiB {self.size:7.1f} kB"
        )
        return shown if self.psnr is None else f"{shown} {self.psnr:5.1f} dB {self.ssim:.4f}"


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


def contestants(sharp_folder: Path | None) -> dict[str, list[str]]:
    """Commands that take a task, a folder and files."""
    python = [sys.executable, "-m"]
    commands = {
        "photomill precise": [*python, "editing_peers.photomill_batch", "precise"],
        "photomill fast": [*python, "editing_peers.photomill_batch", "fast"],
        "direct precise": [*python, "editing_peers.photomill_direct", "precise"],
        "direct fast": [*python, "editing_peers.photomill_direct", "fast"],
        "pyvips": [*python, "editing_peers.libraries", "pyvips"],
        "pillow": [*python, "editing_peers.libraries", "pillow"],
        "opencv": [*python, "editing_peers.libraries", "opencv"],
    }
    if imagemagick.program() is not None:
        commands["imagemagick"] = [*python, "editing_peers.imagemagick"]
    if sharp_folder is not None:
        commands["sharp"] = sharp.command(sharp_folder)
    return commands


def rows(
    files: Sequence[Path],
    tasks: Sequence[str],
    commands: Mapping[str, list[str]],
    rounds: int,
    folder: Path,
) -> Iterator[Row]:
    """Measure in turns; results are kept in the folder, as ext4 makes files slowly soon after many were deleted."""
    names = [str(file.absolute()) for file in files]
    for task in tasks:
        measured: dict[str, list[tuple[Run, Run]]] = {name: [] for name in commands}
        results = {}
        for _ in range(rounds):
            for name, command in commands.items():
                output = tempfile.mkdtemp(dir=folder)
                one = run([*command, task, output, names[0]])
                every = run([*command, task, output, *names])
                if not measured[name]:
                    results[name] = looked_at(task, output, names)
                measured[name].append((one, every))
        for name, runs in measured.items():
            further = len(files) - 1
            # The least of each: whatever else the machine did only ever adds.
            cpu = (min(every.cpu for _, every in runs) - min(one.cpu for one, _ in runs)) / further
            wall = min(every.wall for _, every in runs) - min(one.wall for one, _ in runs)
            wall /= further
            memory = max(every.memory for _, every in runs)
            yield Row(task, name, 1000 * cpu, 1000 * wall, memory, **results[name])


def looked_at(task: str, folder: str, names: Sequence[str]) -> dict[str, Any]:
    """What there is to say of the results themselves."""
    written = list(Path(folder).glob(f"*.{TASKS[task].ending}"))
    size = statistics.mean(each.stat().st_size for each in written) / 1000
    if task not in COMPARED:
        return {"size": size, "psnr": None, "ssim": None}
    # In another process, for the same reason as the large images are made in one.
    command = [sys.executable, "-m", "editing_peers.fidelity", task, folder, *names]
    environment = {**os.environ, "PYTHONPATH": str(HERE)}
    told = subprocess.run(command, check=True, capture_output=True, env=environment)
    return {"size": size, **json.loads(told.stdout)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, required=True, help="a folder of JPEG files")
    parser.add_argument("--count", type=int, default=250, help="photos of the folder to take")
    parser.add_argument("--large", type=int, default=0, help="large images instead, so many")
    parser.add_argument("--tasks", default=",".join(TASKS))
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="three images, one round")
    parser.add_argument(
        "--sharp", type=Path, nargs="?", const=SHARP, help="where sharp is or is to be"
    )
    parser.add_argument("--only", default="", help="contestants, with commas between")
    parser.add_argument("--output", type=Path, help="write the rows as JSON")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.count, arguments.large, arguments.rounds = 3, min(arguments.large, 3), 1
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
            # An ending that results have too, or Photomill's would keep another one.
            files = [
                Path(shutil.copy(each, folder / f"{each.stem}.jpeg"))
                for each in photos[: arguments.count]
            ]
        found = []
        chosen = contestants(arguments.sharp)
        if arguments.only:
            chosen = {each: chosen[each] for each in arguments.only.split(",")}
        print(f"{len(files)} images; milliseconds of processor time and of the clock an image")
        wanted = arguments.tasks.split(",")
        kept = folder / "results"
        kept.mkdir()
        for row in rows(files, wanted, chosen, arguments.rounds, kept):
            found.append(row)
            print(row, flush=True)
    if arguments.output:
        arguments.output.write_text(json.dumps([attrs.asdict(row) for row in found], indent=1))


if __name__ == "__main__":
    main()
