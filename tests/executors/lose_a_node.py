"""Import images on a cluster of two machines, and kill one in its midst: the import ends, and every image is there once."""

import os
import sys
import time
from pathlib import Path

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"

import ray
from ray.cluster_utils import Cluster

from photomill import Engine
from photomill.config.load import load_settings
from photomill.testing.scenes import scene
from photomill_ray.executor import HEALTH_CHECKS

IMAGES = 40


def main(folder: Path) -> None:
    cluster = Cluster(
        initialize_head=True,
        head_node_args={
            "num_cpus": 0,
            "include_dashboard": False,
            # A busy machine may answer late; here it is enough that the other one is not taken for gone.
            "_system_config": {**HEALTH_CHECKS, "health_check_failure_threshold": 20},
        },
    )
    _, second = cluster.add_node(num_cpus=1), cluster.add_node(num_cpus=1)
    ray.init(address=cluster.address, log_to_driver=False)
    photos = folder / "photos"
    photos.mkdir()
    for number in range(IMAGES):
        scene(number, 96, 72).save(photos / f"{number:02}.jpg")
    overrides = {
        "photomill.data_dir": str(folder / "data"),
        "executors.cluster": {"use": "ray"},
        "jobs.executor": "cluster",
        "images.processes": 1,
    }
    with Engine.open(load_settings(environ={}, overrides=overrides)) as engine:
        engine.jobs.start()
        collection = engine.collections.create("photos")
        job = engine.importing.submit(collection.id, [photos], unit=1)
        while engine.jobs.get(job.number).progress.done < IMAGES // 4:
            time.sleep(0.05)
        cluster.remove_node(second, allow_graceful=False)
        ended = engine.jobs.wait(job.number, 200)
        ids = engine.collections.open(collection.id).ids()
        assert ended.state == "done", ended
        assert len(ids) == len(set(ids)) == IMAGES
        assert ended.progress.failed == 0
    ray.shutdown()
    cluster.shutdown()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
