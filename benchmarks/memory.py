"""Memory and restart: what a process with a large collection takes, and how soon it answers.

Fills one collection per index, then lets fresh processes open each, one after the other, answer one query, and tell their
resident memory, how much of it no file stands behind, so that no other process can share it, and the seconds from the start
to the answer. The median process counts.

    python benchmarks/memory.py --size 300000 --output memory.json
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from search import filled, open_engine
from vectors import clustered

ANSWER = """
import json, sys, time
started = time.perf_counter()
sys.path.insert(0, {folder!r})
from photomill.collections.model import ById, SearchOptions
from search import open_engine

def resident():
    fields = dict(line.split(":", 1) for line in open("/proc/self/smaps_rollup") if ": " in line)
    return [int(fields[name].split()[0]) * 1024 for name in ("Rss", "Anonymous")]

engine = open_engine(sys.argv[1], int(sys.argv[3]))
empty, own_before = resident()
before_opening = time.perf_counter()
collection = engine.collections.open(sys.argv[2])
opened = time.perf_counter() - before_opening
result = collection.search(ById("0000000"), SearchOptions(limit=10))
seconds = time.perf_counter() - started
for row in range(50):
    collection.search(ById(f"{{row:07}}"), SearchOptions(limit=10))
held, own = resident()
print(json.dumps({{"seconds": seconds, "opened": opened, "bytes": held, "empty": empty, "own": own - own_before,
    "plan": result.plan}}))
"""


def open_elsewhere(folder: str, collection_id: str, dimension: int) -> dict[str, Any]:
    """Let a fresh process open a collection that :func:`search.filled` filled, and answer."""
    script = ANSWER.format(folder=str(Path(__file__).parent))
    command = [sys.executable, "-c", script, folder, collection_id, str(dimension)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    measured: dict[str, Any] = json.loads(printed)
    return measured


def median_of(processes: list[dict[str, Any]]) -> dict[str, Any]:
    """The process that was neither among the faster nor among the slower ones to answer."""
    return sorted(processes, key=lambda each: each["seconds"])[len(processes) // 2]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", type=int, default=300_000)
    parser.add_argument("--dimension", type=int, default=512)
    parser.add_argument("--indexes", nargs="*", default=["large", "graph"])
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    vectors = np.ascontiguousarray(clustered(arguments.size, arguments.dimension, seed=7))
    rows = []
    for index in arguments.indexes:
        with tempfile.TemporaryDirectory() as folder:
            with open_engine(folder, arguments.dimension) as engine:
                collection_id = filled(engine, vectors, index).info.id
            measured = median_of(
                [open_elsewhere(folder, collection_id, arguments.dimension) for _ in range(5)]
            )
            rows.append(
                {
                    "index": index,
                    "size": arguments.size,
                    "plan": measured["plan"],
                    "first_answer_seconds": measured["seconds"],
                    "resident_bytes": measured["bytes"],
                    "open_seconds": measured["opened"],
                    "own_bytes_a_record": measured["own"] / arguments.size,
                    "against_vectors": measured["bytes"] / vectors.nbytes,
                    "added_against_vectors": (measured["bytes"] - measured["empty"])
                    / vectors.nbytes,
                    "without_the_collection": measured["empty"],
                }
            )
    for row in rows:
        print(
            f"{row['index']:>8} {row['size']:>8} rows: {row['resident_bytes'] / 2**20:8.0f} MiB resident, "
            f"{row['against_vectors']:.2f} times the vectors ({row['added_against_vectors']:.2f} without what the process takes "
            f"before), {row['own_bytes_a_record']:.0f} bytes a record not shared; "
            f"opened in {row['open_seconds']:.2f} s, first answer after {row['first_answer_seconds']:.2f} s "
            f"({row['plan']})"
        )
    if arguments.output:
        arguments.output.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
