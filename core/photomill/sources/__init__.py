"""Where a picture's bytes come from."""

from photomill.sources.source import BytesSource, PathSource, Source, UriSource

__all__ = ["BytesSource", "PathSource", "Source", "UriSource"]
