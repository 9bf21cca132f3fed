"""What happens to a photo behind the scenes, once it is stored."""

from photomill.albums.model import Photo
from photomill.albums.store.photos import PhotoTable
from photomill.catalog import Catalog
from photomill.jobs.jobs import Jobs

DERIVE, EMBED = "derivatives", "likeness"
"""Kinds of job; the plan of both is ``{"photo": id, "original": key}``."""


class Processing:
    """Submits the jobs of photos. Thread-safe."""

    def __init__(self, catalog: Catalog, jobs: Jobs) -> None:
        self._photos = PhotoTable(catalog)
        self._jobs = jobs

    def begin(self, photo: Photo) -> None:
        """Have a photo's derivatives made and its likeness noted; does no harm twice."""
        self._submit(DERIVE, photo)
        self.embed(photo)

    def embed(self, photo: Photo) -> None:
        """Have a photo's likeness noted."""
        self._submit(EMBED, photo)

    def _submit(self, kind: str, photo: Photo) -> None:
        """Submit a job unless there is one that has not ended."""
        files = self._photos.files([photo.id])
        original = next((file.storage_key for file in files if file.kind == "original"), None)
        if original is None:
            # Deleted for good meanwhile.
            return
        plan = {"photo": photo.id, "original": original}
        key = f"{kind} {photo.id} {original}"
        job = self._jobs.submit(kind, plan, owner=photo.owner, idempotency_key=key)
        while job.state.ended:
            again = f"{key} {job.number}"
            job = self._jobs.submit(kind, plan, owner=photo.owner, idempotency_key=again)
