"""One import, done by one worker and by two: how much faster two are.

Workers are pinned to a core each and are asked by turns: one, two, one,
two … A worker is a process ``photomill jobs work``, or, with ``--how ray``, a raylet of a cluster with one core. The catalog is a
PostgreSQL of its own. Images are drawn, and read from a folder; each worker decodes, embeds (one thread a run of the network), makes
thumbnails, and inserts. A first import warms everything, and is not counted.

Two workers, the database and whoever watches share two cores here, so run nothing beside it; it takes some four minutes, of which a
round of --rounds takes the half. What other programs took meanwhile is printed.

    python benchmarks/spread_import.py --output spread.json
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import asdict, frozen
from cryptography.fernet import Fernet
from external import alone, cpu_of_all, cpu_of_tree, database
from PIL.Image import Transpose

from photomill import Engine
from photomill.config.load import load_settings
from photomill.testing.scenes import scene

SIZE = (1600, 1200)
UNIT = 8
WARMING = 48

CONFIG = """
[photomill]
data_dir = "${DATA_DIR}"
[catalog]
url = "${DATABASE_URL}"
[editing]
temporary = "temporary"
[albums]
storage = "albums"
[thumbnails]
storage = "thumbnails"
"""


@frozen
class Run:
    """One import.

    :ivar workers: how many there were.
    :ivar seconds: from its submission to its end.
    :ivar workers_cpu: processor seconds of the workers.
    :ivar other_cpu: of the database and of the process that asks.
    :ivar all_cpu: processor seconds of this machine, whoever spent them.
    """

    how: str
    workers: int
    seconds: float
    workers_cpu: float
    other_cpu: float
    all_cpu: float


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--images", type=int, default=320)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--how", nargs="+", choices=["work", "ray"], default=["work", "ray"])
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    runs: list[Run] = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        draw(folder / "warming", WARMING)
        draw(folder / "photos", options.images)
        (folder / "plugins.toml").write_text(CONFIG + shared_storages(folder))
        with database(folder) as (url, postgres):
            os.environ.update(
                DATABASE_URL=url,
                DATA_DIR=str(folder / "asking"),
                PHOTOMILL_SECRET_KEY=Fernet.generate_key().decode(),
            )
            for _ in range(options.rounds):
                for how in options.how:
                    for workers in (1, 2):
                        # Ray's clusters leave threads behind.
                        runs.append(alone(measured, folder, how, workers, postgres))
                        print(runs[-1], flush=True)
    for how in options.how:
        tell(how, [run for run in runs if run.how == how], options.images)
    if options.output is not None:
        options.output.write_text(json.dumps([asdict(run) for run in runs], indent=1))


def _ours(run: Run) -> float:
    return run.workers_cpu + run.other_cpu


def tell(how: str, runs: list[Run], images: int) -> None:
    def median(of: Callable[[Run], float], workers: int) -> float:
        return statistics.median(of(run) for run in runs if run.workers == workers)

    print(f"{how}:")
    for each in (1, 2):
        seconds = median(lambda run: run.seconds, each)
        workers = 1000 * median(lambda run: run.workers_cpu, each) / images
        other = 1000 * median(lambda run: run.other_cpu, each) / images
        strangers = median(lambda run: (run.all_cpu - _ours(run)) / run.seconds, each)
        print(
            f"  {each}: {images / seconds:.1f} images a second; of processor time an image, the workers took "
            f"{workers:.1f} ms, the database and whoever asks {other:.1f} ms; other programs took {strangers:.2f} cores"
        )
    faster = median(lambda run: run.seconds, 1) / median(lambda run: run.seconds, 2)
    cores = len(os.sched_getaffinity(0))
    # Two workers keep two cores busy; the others do the rest, if there are others.
    workers, both = (median(of, 2) for of in (lambda run: run.workers_cpu, _ours))
    most = median(lambda run: run.workers_cpu, 1) / max(workers / 2, both / cores)
    print(f"  two are {faster:.2f} times as fast; by processor time alone it were {most:.2f} times")


def draw(folder: Path, count: int) -> None:
    """Draw a fourth of the images, and lay each in four ways, as drawing takes longer than importing."""
    folder.mkdir()
    ways = (None, *list(Transpose)[:3])
    for number in range(count):
        if number % len(ways) == 0:
            drawn = scene(number, *SIZE)
        way = ways[number % len(ways)]
        laid = drawn if way is None else drawn.transpose(way)
        laid.save(folder / f"{number:05}.jpg", quality=90)


def shared_storages(folder: Path) -> str:
    return "".join(
        f'[storages.{name}]\nuse = "local"\n'
        f'options = {{ root = "{folder / name}", create = true, shared = true }}\n'
        for name in ("temporary", "albums", "thumbnails")
    )


def measured(folder: Path, how: str, workers: int, postgres: int) -> Run:
    """Import once, with so many workers that have nothing to learn any more."""
    overrides: dict[str, Any] = {"images.processes": 1}
    cores = sorted(os.sched_getaffinity(0))[:workers]
    with {"work": working, "ray": raylets}[how](folder, cores, overrides) as workers_cpu:
        settings = load_settings(folder / "plugins.toml", environ=os.environ, overrides=overrides)
        with Engine.open(settings) as engine:
            if how == "ray":
                engine.jobs.start()
            imported(engine, folder / "warming", workers_cpu)

            def spent() -> tuple[float, float, float]:
                return workers_cpu(), cpu_of_tree(postgres) + time.process_time(), cpu_of_all()

            before, begun = spent(), time.perf_counter()
            imported(engine, folder / "photos", workers_cpu)
            seconds = time.perf_counter() - begun
            cpu = [round(after - then, 2) for after, then in zip(spent(), before, strict=True)]
    return Run(how, workers, round(seconds, 2), *cpu)


def imported(engine: Engine, photos: Path, check: Callable[[], object]) -> None:
    collection = engine.collections.create(f"spread {uuid.uuid4()}")
    job = engine.importing.submit(collection.id, [photos], unit=UNIT)
    while not (ended := engine.jobs.wait(job.number, 5)).state.ended:
        check()
    count = engine.collections.open(collection.id).count()
    if count != sum(1 for _ in photos.iterdir()) or ended.state != "done":
        raise RuntimeError(f"the import went wrong: {ended}")
    engine.collections.delete(collection.id)


@contextmanager
def working(
    folder: Path, cores: list[int], overrides: dict[str, Any]
) -> Iterator[Callable[[], float]]:
    """``photomill jobs work`` on each core."""
    processes = []
    for core in cores:
        command = [sys.executable, "-m", "photomill_cli", "--config", str(folder / "plugins.toml")]
        with (folder / f"worker{core}.log").open("ab") as log, pinned(core):
            processes.append(
                subprocess.Popen(
                    [*command, "jobs", "work"],
                    env={
                        **os.environ,
                        "DATA_DIR": str(folder / f"worker{core}"),
                        "PHOTOMILL_IMAGES__PROCESSES": "1",
                    },
                    stdout=log,
                    stderr=log,
                )
            )

    def cpu() -> float:
        for process, core in zip(processes, cores, strict=True):
            if process.poll() is not None:
                raise RuntimeError((folder / f"worker{core}.log").read_text()[-2000:])
        return sum(cpu_of_tree(process.pid) for process in processes)

    try:
        yield cpu
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            process.wait()


@contextmanager
def raylets(
    folder: Path, cores: list[int], overrides: dict[str, Any]
) -> Iterator[Callable[[], float]]:
    """A cluster with a machine on each core."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    import ray
    from ray.cluster_utils import Cluster

    cluster = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False}
    )
    nodes = []
    for core in cores:
        with pinned(core):
            nodes.append(cluster.add_node(num_cpus=1))
    ray.init(address=cluster.address, log_to_driver=False)
    overrides["executors.cluster"] = {"use": "ray", "options": {"threads": 2}}
    overrides["jobs.executor"] = "cluster"
    raylet = [node.all_processes["raylet"][0].process.pid for node in nodes]
    try:
        yield lambda: sum(map(cpu_of_tree, raylet))
    finally:
        ray.shutdown()
        cluster.shutdown()  # type: ignore[no-untyped-call]


@contextmanager
def pinned(core: int) -> Iterator[None]:
    """Processes that are started meanwhile stay on one core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    yield
    os.sched_setaffinity(0, before)


if __name__ == "__main__":
    main()
