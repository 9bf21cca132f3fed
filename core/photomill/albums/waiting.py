"""Waiting for photos to become ready."""

import time
from collections.abc import Callable, Sequence

from photomill.albums.model import Owner, Photo
from photomill.albums.photos import Photos
from photomill.albums.processing import DERIVE
from photomill.jobs.jobs import Jobs
from photomill.jobs.model import RUNNING_STATES

_LOOK_SECONDS = 0.05


def wait_until_processed(
    photos: Photos,
    jobs: Jobs,
    owner: Owner,
    uploaded: Sequence[Photo],
    *,
    progress: Callable[[int], None] = lambda done: None,
    stop: Callable[[], bool] = lambda: False,
) -> list[Photo]:
    """Return an owner's photos as they are once nobody works on them any more.

    :param progress: told of how many are processed.
    :param stop: asked now and then.
    """
    processed: list[Photo] = []
    for photo in uploaded:
        now = photos.get(photo.id)
        while now.state == "uploaded" and _is_busy(jobs, owner) and not stop():
            time.sleep(_LOOK_SECONDS)
            now = photos.get(photo.id)
        processed.append(now)
        progress(len(processed))
    return processed


def _is_busy(jobs: Jobs, owner: Owner) -> bool:
    return bool(jobs.list_jobs(kind=DERIVE, owner=owner.id, states=RUNNING_STATES, limit=1))
