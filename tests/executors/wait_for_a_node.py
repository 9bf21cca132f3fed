"""Import images by a kind of job that takes a GPU, which no machine of the cluster has; then one comes."""

import json
import logging
import os
import subprocess
import sys
import time
from pathlib import Path

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"

import ray
from ray.cluster_utils import Cluster

from photomill import Engine
from photomill.config.load import load_settings
from photomill.testing.scenes import scene

IMAGES = 6
REASON = "no machine of the cluster has gpus 1"


def main(folder: Path) -> None:
    log = folder / "log"
    logging.basicConfig(filename=log, level=logging.WARNING)
    cluster = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False}
    )
    ray.init(address=cluster.address, log_to_driver=False)
    photos = folder / "photos"
    photos.mkdir()
    for number in range(IMAGES):
        scene(number, 96, 72).save(photos / f"{number:02}.jpg")
    overrides = {
        "photomill.data_dir": str(folder / "data"),
        "executors.cluster": {"use": "ray", "options": {"kinds": {"import": {"gpus": 1}}}},
        "jobs.executor": "cluster",
        "jobs.retry_delay": 0.1,
        "images.processes": 1,
    }
    with Engine.open(load_settings(environ={}, overrides=overrides)) as engine:
        engine.jobs.start()
        collection = engine.collections.create("photos")
        job = engine.importing.submit(collection.id, [photos], unit=1)
        while engine.jobs.waits_for(job.number) != REASON:
            time.sleep(0.05)
        # Another process is told as well, and nothing counts as a try.
        assert shown(folder, job.number)["waits"] == REASON
        assert not any(item.attempts for item in engine.jobs.items(job.number))
        assert f"job {job.number} (import) waits: {REASON}" in log.read_text()
        cluster.add_node(num_cpus=1, num_gpus=1)
        ended = engine.jobs.wait(job.number, 200)
        assert (ended.state, ended.progress.failed) == ("done", 0), ended
        assert engine.collections.open(collection.id).count() == IMAGES
        assert engine.jobs.waits_for(job.number) == ""
    ray.shutdown()
    cluster.shutdown()  # type: ignore[no-untyped-call]


def shown(folder: Path, job: int) -> dict[str, str]:
    command = [sys.executable, "-m", "photomill_cli", "--data-dir", str(folder / "data")]
    return dict(json.loads(subprocess.check_output([*command, "jobs", "show", str(job), "--json"])))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
