"""What keeps searches fast: short codes of vectors, indexes of attributes, few files. Done in a process of its own.

That process can be ended at any time, and so whoever stops need not wait for hours of building in Lance.
"""

import contextlib
import json
import subprocess
import sys
from collections.abc import Collection
from concurrent.futures import Future
from typing import TYPE_CHECKING

from attrs import asdict, frozen

from photomill.plugin import IndexUnavailable
from photomill_lance.datasets import Place, failures
from photomill_lance.following import Version
from photomill_lance.options import LanceOptions
from photomill_lance.probing import Probing

if TYPE_CHECKING:
    import lance

CODES = "codes"
"""The name of the index of vectors."""

WORDS = "words"
"""The name of the index of words; those of columns are called as these are."""

FRAGMENT = 1 << 17
"""Rows of a file that is large enough to be left alone."""

MANY_FRAGMENTS = 64
DEAD_SHARE = 0.2
FEW_DEAD = 1000

FOLD = 4000
"""Rows without codes, all of which each search measures."""

GROWN = 4
"""Times as many records, or as few, as when lists were made, after which others fit better."""

LEASE = 60.0
"""Seconds after which a maintainer that is not heard of is taken for dead."""

_GRACE = 5.0


@frozen
class Job:
    """What the process is told; by its standard input, since secrets are among it."""

    root: str
    storage_options: dict[str, str]
    name: str
    build_from: int
    lease: float
    erasing: bool


@frozen
class Due:
    """What there is to do."""

    compact: bool
    build: bool
    fold: bool
    index: bool

    @property
    def any(self) -> bool:
        return self.compact or self.build or self.fold or self.index


def due(version: Version, build_from: int, name: str) -> bool:
    """Whether there is anything to do."""
    with failures(name):
        return assessed(version.dataset, version.state.rows, build_from).any


def assessed(dataset: "lance.LanceDataset", rows: int, build_from: int) -> Due:
    """What there is to do at a dataset, as its manifest tells.

    :param rows: how many records there are.
    """
    fragments = dataset.get_fragments()
    dead = sum(each.num_deletions for each in fragments)
    small = sum(each.physical_rows < FRAGMENT // 2 for each in fragments)
    covered = {index.name: _covered(index) for index in dataset.describe_indices()}
    probing = Probing.of(dataset.config())
    enough = probing is not None or rows >= build_from
    fits = probing is not None and probing.rows / GROWN <= rows <= probing.rows * GROWN
    coded = fits and CODES in covered
    indexed = WORDS in covered
    return Due(
        compact=small > MANY_FRAGMENTS or dead > max(FEW_DEAD, DEAD_SHARE * rows),
        build=enough and not coded,
        fold=coded and _outside(dataset, covered[CODES]) > FOLD,
        index=enough and (not indexed or _outside(dataset, covered[WORDS]) > max(FOLD, rows // 20)),
    )


def _covered(index: "lance.lance.IndexDescription") -> set[int]:
    return {fragment for segment in index.segments for fragment in segment.fragment_ids}


def _outside(dataset: "lance.LanceDataset", covered: Collection[int]) -> int:
    """Rows that an index does not have."""
    return sum(
        each.physical_rows - each.num_deletions
        for each in dataset.get_fragments()
        if each.fragment_id not in covered
    )


class Tending:
    """Has one index looked after once."""

    def __init__(
        self, place: Place, name: str, options: LanceOptions, broken_off: "Future[None]"
    ) -> None:
        """
        :param broken_off: done where the rest is to be left undone.
        """
        self._place = place
        self._name = name
        self._options = options
        self._broken_off = broken_off

    def run(self, *, erasing: bool = False) -> None:
        """Do what is due; nothing, where another process does.

        :param erasing: leave no file in which there is what was deleted, and wait for who else looks after it.
        :raises IndexUnavailable: it failed, or was broken off.
        """
        job = Job(
            self._place.root,
            self._place.storage_options,
            self._name,
            self._options.build_from,
            LEASE,
            erasing,
        )
        with subprocess.Popen(
            # No module of the folder that the server happens to run in: this process gets secrets.
            [sys.executable, "-P", "-m", "photomill_lance.maintaining"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdin is not None
            assert process.stderr is not None
            with contextlib.suppress(BrokenPipeError):
                # It ended at once, and says why.
                process.stdin.write(json.dumps(asdict(job)) + "\n")
                process.stdin.flush()
            self._broken_off.add_done_callback(lambda _: _stop(process))
            said = process.stderr.read()
            process.wait()
        if self._broken_off.done():
            raise IndexUnavailable("the index was not looked after to the end")
        if process.returncode:
            last = (said.strip().splitlines() or [f"it ended with {process.returncode}"])[-1]
            raise IndexUnavailable(f"looking after the index failed: {last[:300]}")


def _stop(process: "subprocess.Popen[str]") -> None:
    """Let it give back its lease, and end it."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
