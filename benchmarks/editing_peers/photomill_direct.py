"""Photomill as the command line edits: a job of files, which this process works on.
``python -m editing_peers.photomill_direct SPEED TASK OUTPUT FILES…``."""

import sys
import tempfile

from editing_peers.tasks import TASKS
from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill_http.image_edit.translate import read_edit


def main() -> None:
    speed, name, output, *files = sys.argv[1:]
    task = TASKS[name]
    request = read_edit({**task.operations, "speed": speed}, task.output).request
    with tempfile.TemporaryDirectory() as folder:
        overrides = {"photomill.data_dir": folder, "editing.processes": 1}
        with Engine.open(load_settings(environ={}, overrides=overrides)) as engine:
            edit = engine.file_editing.find(files, request, f"{output}/", overwrite=True)
            report = engine.file_editing.run(edit)
    if report.failures:
        sys.exit(f"{report.failures[0].shown}: {report.failures[0].error}")


if __name__ == "__main__":
    main()
