"""Import: images a second end to end, against a bare loop that only decodes and embeds.

Imports a folder into a fresh collection and, in turns with it, runs a bare loop over the same files: read, decode in this
process, embed, with the decoder and the embedder that the engine uses. Each number of cores has a process of its own,
pinned to them; the median turn counts. What the import does beyond the bare loop: decoding in guarded processes, digest,
perceptual hash, attributes, thumbnails, and records that are durable. A further import, in turns too, makes no
thumbnails.

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
from collections.abc import Callable, Sequence
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
        print(json.dumps(measured(arguments)))
        return
    rows = [row for cores in arguments.cores for row in in_a_process_of_its_own(arguments, cores)]
    one_core = {row["embedder"]: row["import"] for row in rows if row["cores"] == 1}
    for row in rows:
        alone = one_core.get(row["embedder"])
        row["against_one_core"] = row["import"] / alone if alone else None
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
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def in_a_process_of_its_own(arguments: argparse.Namespace, cores: int) -> list[dict[str, Any]]:
    available = sorted(os.sched_getaffinity(0))
    if cores > len(available):
        print(f"{cores} cores: this process may use {len(available)} only", file=sys.stderr)
        return []
    command = [sys.executable, __file__, "--worker", "--rounds", str(arguments.rounds)]
    command += ["--embedders", *arguments.embedders]
    command += ["--photos", str(arguments.photos)] if arguments.photos else []
    done = subprocess.run(
        command,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        # Before the process starts its threads, which take this over.
        preexec_fn=lambda: os.sched_setaffinity(0, available[:cores]),
    )
    return list(json.loads(done.stdout))


def measured(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.photos
        if folder is None:
            folder = Path(temporary) / "photos"
            draw_demo_images(folder)
        return [
            measured_embedder(name, folder, Path(temporary) / name, arguments.rounds)
            for name in arguments.embedders
        ]


def measured_embedder(embedder: str, folder: Path, data_dir: Path, rounds: int) -> dict[str, Any]:
    overrides = {"photomill.data_dir": str(data_dir), "embedders.main": {"use": embedder}}
    settings = load_settings(environ={}, overrides=overrides)
    files = list(find_images([folder]))
    seconds: dict[str, list[float]] = {"import": [], "plain": [], "bare": []}
    thumbnail_bytes = 0.0
    with Engine.open(settings) as engine:
        bare, run = bare_loop(engine), engine.importing.run
        for turn in range(rounds + 1):
            collection = engine.collections.open(engine.collections.create(f"turn {turn}").id)
            info = engine.collections.create(f"plain {turn}", thumbnails=False)
            imported = timed(lambda: run(collection.info.id, [folder], unit=64))  # noqa: B023
            plain = timed(lambda: run(info.id, [folder], unit=64))  # noqa: B023
            usage = collection.thumbnail_usage()
            thumbnail_bytes = usage.bytes / max(1, usage.count)
            alone = timed(lambda: bare(files))
            # The first turn starts processes and reads the files into the page cache.
            if turn:
                seconds["import"].append(imported)
                seconds["plain"].append(plain)
                seconds["bare"].append(alone)
    speeds = {name: len(files) / statistics.median(taken) for name, taken in seconds.items()}
    return {
        "cores": len(os.sched_getaffinity(0)),
        "embedder": embedder,
        "pictures": len(files),
        **speeds,
        "thumbnail_bytes": thumbnail_bytes,
        "against_plain": statistics.median(
            plain / imported
            for imported, plain in zip(seconds["import"], seconds["plain"], strict=True)
        ),
        "against_bare": statistics.median(
            alone / imported
            for imported, alone in zip(seconds["import"], seconds["bare"], strict=True)
        ),
    }


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
