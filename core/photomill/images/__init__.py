"""Images: their formats, limits and metadata."""
