"""The addresses in answers."""

from urllib.parse import quote

from attrs import frozen
from starlette.requests import Request

from photomill import Job

RESULTS = "/v1/image/results"
"""Where results without a destination are fetched; the key behind it is all that is needed."""


@frozen
class Links:
    """Makes addresses of this server.

    :ivar server: ``https://host``, without a slash at the end.
    :ivar prefix: ``/v1`` or ``/v1-beta1``.
    """

    server: str
    prefix: str

    @classmethod
    def of(cls, request: Request, prefix: str, public_url: str) -> "Links":
        """As the caller reached the server, unless the configuration says how it is reached."""
        server = public_url or str(request.base_url)
        return cls(server.rstrip("/"), prefix)

    def result(self, key: str) -> str:
        return f"{self.server}{RESULTS}/{quote(key)}"

    def task(self, job: Job) -> str:
        return f"{self.server}{self.prefix}/image/edit/{FAMILIES[job.kind]}/{job.number}"


FAMILIES = {"edit": "async", "edit_batch": "batch"}
"""The kinds of job, and how addresses call them."""
