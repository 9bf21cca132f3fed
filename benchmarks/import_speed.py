"""Import: images a second end to end, against a bare loop that only decodes and embeds.

Imports a folder into a fresh collection and, in turns with it, runs a bare loop over the same files: read, decode in this
process, embed, with the decoder and the embedder that the engine uses. Each number of cores has a process of its own,
pinned to them, and these take turns too; the median turn counts. What the import does beyond the bare loop: decoding in
guarded processes, digest, perceptual hash, attributes, thumbnails, and records that are durable. A further import, in turns
too, makes no thumbnails.

    python benchmarks/import_speed.py --photos ../shared/photos --rounds 5 --output import_speed.json
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from photomill.components import Decoder, Embedder
from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill.images.formats import check_format
from photomill.importing import FoundFile, find_images
from photomill_cli.demo_images import draw_demo_images

EMBEDDERS = ("efficientnet", "descriptor")
CORES = (1, 2)


def main() -> None:
    arguments = parsed()
    if arguments.worker:
        take_turns(arguments)
        return
    rows = [row for embedder in arguments.embedders for row in measured(arguments, embedder)]
    print_table(rows)
    if arguments.output:
        arguments.output.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=Path, help="a folder; without it, drawn images")
    parser.add_argument("--cores", type=int, nargs="*", default=list(CORES))
    parser.add_argument("--embedders", nargs="*", default=list(EMBEDDERS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--worker", metavar="EMBEDDER", help=argparse.SUPPRESS)
    return parser.parse_args()


def measured(arguments: argparse.Namespace, embedder: str) -> list[dict[str, Any]]:
    """One row for each number of cores."""
    available = sorted(os.sched_getaffinity(0))
    workers: dict[int, subprocess.Popen[str]] = {}
    turns: dict[int, list[dict[str, Any]]] = {}
    for cores in arguments.cores:
        if cores > len(available):
            print(f"{cores} cores: this process may use {len(available)} only", file=sys.stderr)
            continue
        workers[cores] = started(arguments, embedder, available[:cores])
        turns[cores] = []
    # The first turn starts processes and reads the files into the page cache.
    for turn in range(arguments.rounds + 1):
        for cores, worker in workers.items():
            assert worker.stdin is not None
            assert worker.stdout is not None
            print(file=worker.stdin, flush=True)
            taken = json.loads(worker.stdout.readline())
            if turn:
                turns[cores].append(taken)
    for worker in workers.values():
        worker.communicate()
    return [row_of(embedder, cores, turns[cores], turns.get(1, [])) for cores in workers]


def started(
    arguments: argparse.Namespace, embedder: str, cores: Sequence[int]
) -> "subprocess.Popen[str]":
    command = [sys.executable, __file__, "--worker", embedder]
    command += ["--photos", str(arguments.photos)] if arguments.photos else []
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # Before the process starts its threads, which take this over.
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )


def row_of(
    embedder: str,
    cores: int,
    turns: Sequence[Mapping[str, float]],
    on_one: Sequence[Mapping[str, float]],
) -> dict[str, Any]:
    def ratio(above: Sequence[Mapping[str, float]], name: str) -> float:
        """How many times as fast as another the import of the same turn was."""
        return statistics.median(
            other[name] / turn["import"] for other, turn in zip(above, turns, strict=True)
        )

    return {
        "cores": cores,
        "embedder": embedder,
        "pictures": turns[0]["pictures"],
        **{
            name: statistics.median(turn["pictures"] / turn[name] for turn in turns)
            for name in ("import", "plain", "bare")
        },
        "thumbnail_bytes": turns[-1]["thumbnail_bytes"],
        "against_plain": ratio(turns, "plain"),
        "against_bare": ratio(turns, "bare"),
        "against_one_core": ratio(on_one, "import") if on_one else None,
    }


def take_turns(arguments: argparse.Namespace) -> None:
    """Import once with thumbnails, once without, and run the bare loop, for each line that comes in."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.photos
        if folder is None:
            folder = Path(temporary) / "photos"
            draw_demo_images(folder)
        files = list(find_images([folder]))
        overrides = {
            "photomill.data_dir": f"{temporary}/data",
            "embedders.main": {"use": arguments.worker},
        }
        with Engine.open(load_settings(environ={}, overrides=overrides)) as engine:
            bare, run = bare_loop(engine), engine.importing.run
            for turn, _ in enumerate(sys.stdin):
                collection = engine.collections.open(engine.collections.create(f"turn {turn}").id)
                info = engine.collections.create(f"plain {turn}", thumbnails=False)
                imported = timed(lambda: run(collection.info.id, [folder], unit=64))  # noqa: B023
                plain = timed(lambda: run(info.id, [folder], unit=64))  # noqa: B023
                usage = collection.thumbnail_usage()
                taken = {
                    "pictures": len(files),
                    "import": imported,
                    "plain": plain,
                    "bare": timed(lambda: bare(files)),
                    "thumbnail_bytes": usage.bytes / max(1, usage.count),
                }
                print(json.dumps(taken), flush=True)


def bare_loop(engine: Engine) -> Callable[[Sequence[FoundFile]], None]:
    """Read, decode and embed one file after the other, and keep nothing."""
    limits = engine.settings.images
    decoders = [kind(options) for kind, options in engine.components.decoders()]
    embedder: Embedder = engine.components.embedder("main")

    def run(files: Sequence[FoundFile]) -> None:
        for file in files:
            data = file.path.read_bytes()
            format = check_format(data, limits.formats)
            decoder: Decoder = next(each for each in decoders if format in each.formats)
            embedder.embed([decoder.decode(data, format, embedder.decode_side, limits)])

    return run


def timed(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def print_table(rows: Sequence[dict[str, Any]]) -> None:
    print(
        f"{'cores':>5}  {'embedder':<14}{'import/s':>10}{'bare/s':>10}{'import/bare':>13}"
        f"{'x one core':>12}{'import/plain':>14}{'thumbnail':>11}"
    )
    for row in rows:
        against = f"{row['against_one_core']:.2f}" if row["against_one_core"] else "-"
        print(
            f"{row['cores']:>5}  {row['embedder']:<14}{row['import']:>10.1f}{row['bare']:>10.1f}"
            f"{row['against_bare']:>13.2f}{against:>12}"
            f"{row['against_plain']:>14.2f}{row['thumbnail_bytes']:>9.0f} B"
        )


if __name__ == "__main__":
    main()
