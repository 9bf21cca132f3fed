"""The guarded processes that edit."""

import os
import pickle
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from photomill.components.editor import RankRegions
from photomill.config.settings import EditingSettings, ImageSettings
from photomill.editing.admission import Admission
from photomill.editing.pipeline import EditJob
from photomill.editing.process import EditingProcess
from photomill.editing.results import Capability, Edited, Planned
from photomill.editing.toolbox import Tools
from photomill.errors import PhotomillError
from photomill.sandbox.process import KILLED_TRIES, ProcessKilled


class EditingProcesses:
    """As many processes as there are cores, by default. Thread-safe.

    They start when they are first needed and stay. One that dies or takes too long costs its own picture only. Who comes
    when all are busy waits; who is waited for goes before jobs, four times of five.
    """

    def __init__(self, tools: Tools, images: ImageSettings, editing: EditingSettings) -> None:
        """Start nothing yet."""
        self._tools = tools
        self._images = images
        self._editing = editing
        self._places = Admission(editing.processes or len(os.sched_getaffinity(0)))
        self._pixels = Admission(editing.pixel_budget)
        self._lock = threading.Lock()
        self._idle: list[EditingProcess] = []
        self._running: set[EditingProcess] = set()
        self._closed = False

    def edit(self, job: EditJob, rank_regions: RankRegions | None = None) -> Edited:
        """Have a picture edited, when its turn comes.

        :raises PhotomillError: what the pipeline raises; see ``EditingProcess.edit``.
        """
        packed = pickle.dumps(job, pickle.HIGHEST_PROTOCOL)
        for _ in range(KILLED_TRIES - 1):
            try:
                with self._process(interactive=job.interactive) as process:
                    return process.edit(job, packed, self._pixels, rank_regions)
            except ProcessKilled:
                if self._closed:
                    raise
        with self._process(interactive=job.interactive) as process:
            return process.edit(job, packed, self._pixels, rank_regions)

    def plan(self, job: EditJob) -> Planned:
        """Have an edit planned, when its turn comes.

        :raises PhotomillError: what the pipeline raises; see ``EditingProcess.edit``.
        """
        packed = pickle.dumps(job, pickle.HIGHEST_PROTOCOL)
        with self._process(interactive=True) as process:
            return process.plan(job, packed, self._pixels)

    def capabilities(self) -> list[Capability]:
        """Tell what can be done here, and by which engine."""
        with self._process(interactive=True) as process:
            return process.capabilities()

    @contextmanager
    def _process(self, *, interactive: bool) -> Iterator[EditingProcess]:
        with self._places.held(1, interactive=interactive):
            process = self._take()
            try:
                yield process
            finally:
                self._give_back(process)

    def close(self) -> None:
        """End all processes; what they still edit is lost. May be called twice."""
        with self._lock:
            self._closed = True
            running, self._running = self._running, set()
            self._idle.clear()
        for process in running:
            process.kill()

    def _take(self) -> EditingProcess:
        with self._lock:
            # The last one given back is the next one taken: no more run than are needed.
            while self._idle:
                process = self._idle.pop()
                if process.alive:
                    return process
                self._running.discard(process)
                process.kill()
            self._check_open()
        process = EditingProcess(self._tools, self._images, self._editing)
        with self._lock:
            if not self._closed:
                self._running.add(process)
                return process
        process.kill()
        raise PhotomillError("the engine is closed")

    def _give_back(self, process: EditingProcess) -> None:
        with self._lock:
            if process.alive and not self._closed:
                self._idle.append(process)
                return
            self._running.discard(process)
        process.kill()

    def _check_open(self) -> None:
        if self._closed:
            raise PhotomillError("the engine is closed")
