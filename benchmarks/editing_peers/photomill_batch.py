"""Photomill itself, through a batch from one local folder to another:
``python -m editing_peers.photomill_batch SPEED TASK OUTPUT FILES…``."""

import sys
import tempfile
from pathlib import Path

from editing_peers.tasks import TASKS
from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill_http.image_edit.translate import read_edit


def main() -> None:
    speed, name, output, *files = sys.argv[1:]
    task = TASKS[name]
    with tempfile.TemporaryDirectory() as folder:
        overrides = {"photomill.data_dir": folder, "editing.processes": 1}
        with Engine.open(load_settings(environ={}, overrides=overrides)) as engine:
            originals = str(Path(files[0]).absolute().parent)
            for storage, path in (("originals", originals), ("results", output)):
                engine.storages.operator.create(storage, "local", {"path": path})
            engine.jobs.start()
            job = engine.editing.submit(
                [f"storage://originals/{Path(each).name}" for each in files],
                read_edit({**task.operations, "speed": speed}, task.output).request,
                "storage://results/",
            )
            ended = engine.jobs.wait(job.number, 3600)
            if ended.progress.done != len(files):
                sys.exit(f"{ended.progress.failed} of {len(files)} failed")


if __name__ == "__main__":
    main()
