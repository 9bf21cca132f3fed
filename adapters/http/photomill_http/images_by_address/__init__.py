"""Images by address: ``GET /images/<signature>/<options>/<source>``."""
