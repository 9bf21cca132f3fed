"""Where an image's bytes come from."""

from photomill.sources.base64_text import base64_source
from photomill.sources.source import BytesSource, PathSource, Source, UriSource

__all__ = ["BytesSource", "PathSource", "Source", "UriSource", "base64_source"]
