"""The addresses in answers."""

from attrs import frozen

FILES = "/v1/File"
"""Photos' paths are fetched behind this; the path is all that is needed."""
UPLOADS = "/v1/Upload"
PROCESSES = "/v1/process"
DOWNLOADS = "/v1/download"


@frozen
class Links:
    """
    :ivar server: ``https://host``, without a slash at the end.
    :ivar protocol_relative: archives' addresses begin with ``//``.
    """

    server: str
    protocol_relative: bool = False

    def file(self, path: str) -> str:
        return f"{self.server}{FILES}{path}"

    def upload(self, secret: str) -> str:
        return f"{self.server}{UPLOADS}/{secret}"

    def process(self, zip_id: str) -> str:
        return f"{self.server}{PROCESSES}/{zip_id}"

    def download(self, zip_id: str) -> str:
        address = f"{self.server}{DOWNLOADS}/{zip_id}"
        return address.partition(":")[2] if self.protocol_relative else address
